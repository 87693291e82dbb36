/* SPDX-License-Identifier: Apache-2.0 */
/* PNG from an array's samples, without the interpreter's lock: an event loop in
 * another thread goes on meanwhile.
 *
 * Format: https://www.w3.org/TR/png-3/, 8 bits a sample, no row filter. */
#include "native.h"

#include <zlib.h>

enum { LEVEL = 6, HEADER_BYTES = 13, CHUNK_EXTRA = 12, SIDE_MAX = 1 << 24 };

/* A file of one IDAT chunk: signature, IHDR, IDAT (its data follows), IEND. */
enum { DATA_AT = 8 + CHUNK_EXTRA + HEADER_BYTES + 8, BEHIND_DATA = 4 + CHUNK_EXTRA };

typedef struct Picture {
    const unsigned char *samples;
    size_t stride; /* bytes a row */
    uint32_t width;
    uint32_t height;
    int channels;
} Picture;

static unsigned char *put_u32(unsigned char *to, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (unsigned char)(n >> shift);
    return to;
}

static unsigned char *put_bytes(unsigned char *to, const void *bytes, size_t n)
{
    memcpy(to, bytes, n);
    return to + n;
}

/* The sum over a chunk's kind and data, `n` bytes in all, which stand before `end`. */
static unsigned char *put_sum(unsigned char *end, size_t n)
{
    return put_u32(end, (uint32_t)crc32_z(0, end - n, n));
}

static unsigned char *put_header(unsigned char *to, const Picture *p)
{
    static const unsigned char colour[] = {[1] = 0, [2] = 4, [3] = 2, [4] = 6};

    to = put_bytes(to, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
    to = put_u32(to, p->width);
    to = put_u32(to, p->height);
    to = put_bytes(to, (const unsigned char[]){8, colour[p->channels], 0, 0, 0}, 5);
    return put_sum(to, 4 + HEADER_BYTES);
}

static int deflate_rows(z_stream *z, const Picture *p)
{
    int st = Z_OK;

    for (uint32_t y = 0; y < p->height && st == Z_OK; y++) {
        unsigned char filter = 0;

        z->next_in = &filter;
        z->avail_in = 1;
        st = deflate(z, Z_NO_FLUSH);
        if (st != Z_OK)
            break;
        z->next_in = (z_const Bytef *)p->samples + y * p->stride;
        z->avail_in = (uInt)p->stride;
        st = deflate(z, Z_NO_FLUSH);
    }
    return st == Z_OK ? deflate(z, Z_FINISH) : st;
}

/* The compressed rows; how many bytes, 0: failed. */
static size_t put_rows(unsigned char *to, size_t room, const Picture *p)
{
    z_stream z = {0};
    size_t len = 0;

    if (deflateInit(&z, LEVEL) != Z_OK)
        return 0;
    z.next_out = to;
    z.avail_out = (uInt)room;
    if (deflate_rows(&z, p) == Z_STREAM_END)
        len = room - z.avail_out;
    deflateEnd(&z);
    return len;
}

/* Write the file; its length, 0: failed. */
static size_t write_file(unsigned char *out, size_t room, const Picture *p)
{
    unsigned char *at = put_header(out, p);
    const size_t len = put_rows(out + DATA_AT, room - DATA_AT - BEHIND_DATA, p);

    if (!len)
        return 0;
    at = put_u32(at, (uint32_t)len);
    at = put_bytes(at, "IDAT", 4) + len;
    at = put_sum(at, 4 + len);
    at = put_bytes(at, "\0\0\0\0IEND", 8);
    at = put_sum(at, 4);
    return (size_t)(at - out);
}

/* Room for the file at worst.  deflateBound()'s formula for default settings. */
static size_t most_bytes(size_t rows)
{
    return DATA_AT + rows + (rows >> 12) + (rows >> 14) + (rows >> 25) + 13 + BEHIND_DATA;
}

static PyObject *encode_picture(const Picture *p)
{
    const size_t room = most_bytes((p->stride + 1) * p->height);
    PyObject *file = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)room);
    size_t len;

    if (!file)
        return NULL;
    Py_BEGIN_ALLOW_THREADS len = write_file((unsigned char *)PyBytes_AS_STRING(file), room, p);
    Py_END_ALLOW_THREADS if (len && !_PyBytes_Resize(&file, (Py_ssize_t)len)) return file;
    Py_XDECREF(file);
    return len ? NULL : PyErr_NoMemory();
}

PyObject *png_function(PyObject *module, PyObject *args)
{
    unsigned width;
    unsigned height;
    int channels;
    Py_buffer samples;
    PyObject *file = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "y*IIi:png", &samples, &width, &height, &channels))
        return NULL;
    if (channels < 1 || channels > 4 || width < 1 || height < 1 || width > SIDE_MAX ||
        height > SIDE_MAX || samples.len > INT32_MAX ||
        (uint64_t)samples.len != (uint64_t)width * (unsigned)channels * height)
        PyErr_SetString(PyExc_ValueError,
                        "samples, width, height and channels do not fit together");
    else
        file = encode_picture(&(Picture){
            .samples = samples.buf,
            .stride = (size_t)width * (unsigned)channels,
            .width = width,
            .height = height,
            .channels = channels,
        });
    PyBuffer_Release(&samples);
    return file;
}
