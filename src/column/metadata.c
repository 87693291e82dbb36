/* SPDX-License-Identifier: Apache-2.0 */
/* The footer, decoded and checked.
 *
 * The schema comes before the row groups in every file; a footer in another
 * order is refused.  Anything nested, encrypted or of a type without a vector
 * is ST_UNSUPPORTED: a value must never be shown as what it is not. */
#include "column/metadata.h"

#include "base/alloc.h"
#include "codec/thrift.h"
#include "column/page.h"

#define NS_PER_DAY (INT64_C(86400) * 1000000000)

/* ------------------------------------------------------------- schema */

/* A SchemaElement as it stands in the file. */
typedef struct Element {
    int32_t physical; /* -1: a group */
    int32_t length;
    int32_t repetition; /* -1: not said */
    Str name;
    int32_t children;
    int32_t converted;
    int16_t logical; /* member of the union; 0: none */
    int32_t bits;    /* of an INTEGER */
    bool is_signed;
    int16_t unit;
} Element;

/* The member of a union whose members are all empty structs. */
static int16_t read_choice(ThriftReader *r, ThriftType type)
{
    ThriftField f = {0};
    int16_t member = 0;

    if (!thrift_struct(r, type))
        return 0;
    while (thrift_next(r, &f)) {
        member = f.id;
        thrift_skip(r, f.type);
    }
    return member;
}

static void read_integer(ThriftReader *r, Element *e)
{
    ThriftField f = {0};

    while (thrift_next(r, &f)) {
        if (f.id == 1)
            e->bits = thrift_i32(r, f.type);
        else if (f.id == 2)
            e->is_signed = thrift_bool(r, f.type);
        else
            thrift_skip(r, f.type);
    }
}

static void read_timestamp(ThriftReader *r, Element *e)
{
    ThriftField f = {0};

    while (thrift_next(r, &f)) {
        if (f.id == 2)
            e->unit = read_choice(r, f.type);
        else
            thrift_skip(r, f.type);
    }
}

static void read_logical(ThriftReader *r, ThriftType type, Element *e)
{
    ThriftField f = {0};

    if (!thrift_struct(r, type))
        return;
    while (thrift_next(r, &f)) {
        e->logical = f.id;
        if (f.id == LOGICAL_INTEGER && thrift_struct(r, f.type))
            read_integer(r, e);
        else if (f.id == LOGICAL_TIMESTAMP && thrift_struct(r, f.type))
            read_timestamp(r, e);
        else
            thrift_skip(r, f.type);
    }
}

static Element read_element(ThriftReader *r, ThriftType type)
{
    Element e = {.physical = -1, .repetition = -1, .converted = CONVERTED_NONE, .is_signed = true};
    ThriftField f = {0};

    if (!thrift_struct(r, type))
        return e;
    while (thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            e.physical = thrift_i32(r, f.type);
            break;
        case 2:
            e.length = thrift_i32(r, f.type);
            break;
        case 3:
            e.repetition = thrift_i32(r, f.type);
            break;
        case 4:
            e.name = thrift_bytes(r, f.type);
            break;
        case 5:
            e.children = thrift_i32(r, f.type);
            break;
        case 6:
            e.converted = thrift_i32(r, f.type);
            break;
        case 10:
            read_logical(r, f.type, &e);
            break;
        default:
            thrift_skip(r, f.type);
        }
    }
    return e;
}

static bool is_decimal(const Element *e)
{
    return e->logical == LOGICAL_DECIMAL || e->converted == CONVERTED_DECIMAL;
}

static bool is_unsigned(const Element *e)
{
    if (e->logical == LOGICAL_INTEGER)
        return !e->is_signed;
    return e->converted >= CONVERTED_UINT_8 && e->converted <= CONVERTED_UINT_64;
}

/* Nanoseconds of one unit when the integers are points in time, else 0. */
static int64_t time_scale(const Element *e)
{
    if (e->physical == PHYSICAL_INT32)
        return e->logical == LOGICAL_DATE || e->converted == CONVERTED_DATE ? NS_PER_DAY : 0;
    if (e->unit == TIME_UNIT_NANOS)
        return 1;
    if (e->unit == TIME_UNIT_MICROS || e->converted == CONVERTED_TIMESTAMP_MICROS)
        return 1000;
    if (e->unit == TIME_UNIT_MILLIS || e->converted == CONVERTED_TIMESTAMP_MILLIS)
        return 1000000;
    return 0;
}

static VectorType text_type(const Element *e)
{
    if (e->logical == LOGICAL_JSON || e->converted == CONVERTED_JSON)
        return VECTOR_JSON;
    if (e->logical == LOGICAL_STRING || e->logical == LOGICAL_ENUM ||
        e->converted == CONVERTED_UTF8 || e->converted == CONVERTED_ENUM)
        return VECTOR_STR;
    return VECTOR_BYTES;
}

/* Fill the vector type and how to get there. */
static Status set_type(const Element *e, Leaf *leaf)
{
    leaf->physical = (Physical)e->physical;
    leaf->scale = 1;
    if (is_decimal(e))
        return ST_UNSUPPORTED;
    switch (e->physical) {
    case PHYSICAL_BOOLEAN:
        leaf->column.type = VECTOR_BOOL;
        return ST_OK;
    case PHYSICAL_INT32:
    case PHYSICAL_INT64:
        leaf->is_unsigned = is_unsigned(e);
        leaf->column.type = time_scale(e) ? VECTOR_TIME : VECTOR_INT;
        leaf->scale = time_scale(e) ? time_scale(e) : 1;
        return ST_OK;
    case PHYSICAL_FLOAT:
    case PHYSICAL_DOUBLE:
        leaf->column.type = VECTOR_DOUBLE;
        return ST_OK;
    case PHYSICAL_BYTE_ARRAY:
        leaf->column.type = text_type(e);
        return ST_OK;
    case PHYSICAL_FIXED:
        leaf->column.type = VECTOR_FIXED;
        leaf->column.fixed_len = (size_t)(e->length > 0 ? e->length : 0);
        return e->length > 0 ? ST_OK : ST_CORRUPT;
    default:
        return ST_UNSUPPORTED;
    }
}

static Status add_leaf(ParquetReader *r, size_t column, const Element *e, Err *err)
{
    Leaf *leaf = &r->leaves[column];
    uint64_t *index = NULL;
    bool added;
    Status st;

    if (e->physical < 0 || e->children > 0 || e->repetition == REPETITION_REPEATED)
        return err_set(err, ST_UNSUPPORTED, 0, "column \"%.*s\" is nested or repeated",
                       STR_ARG(e->name));
    leaf->column.name = e->name;
    leaf->column.required = e->repetition != REPETITION_OPTIONAL;
    st = set_type(e, leaf);
    if (st)
        return err_set(err, st, 0, "the type of column \"%.*s\" is not supported",
                       STR_ARG(e->name));
    return map_entry(&r->names, e->name, column, &index, &added);
}

static Status read_schema(ParquetReader *r, ThriftReader *t, ThriftType type, Err *err)
{
    ThriftType element;
    const size_t count = thrift_list(t, type, &element);
    Status st = ST_OK;

    if (t->st || count == 0 || r->leaves)
        return err_set(err, ST_CORRUPT, 0, "the schema is damaged");
    if (count - 1 > MAX_COLUMNS)
        return err_set(err, ST_UNSUPPORTED, 0, "more than %d columns", (int)MAX_COLUMNS);
    r->leaves = arena_calloc(&r->arena, count, sizeof *r->leaves);
    if (!r->leaves)
        return ST_NOMEM;
    (void)read_element(t, element); /* the root has only a name */
    for (size_t i = 0; i + 1 < count && !st; i++) {
        const Element e = read_element(t, element);

        st = t->st ? err_set(err, ST_CORRUPT, 0, "the schema is damaged") : add_leaf(r, i, &e, err);
    }
    r->column_count = count - 1;
    return st;
}

/* ------------------------------------------------------------- chunks */

/* A ColumnChunk as it stands in the file. */
typedef struct RawChunk {
    bool has_meta;
    bool is_elsewhere; /* in another file, or encrypted */
    int32_t physical;
    size_t path_parts;
    Str name;
    int32_t codec;
    int64_t values;
    int64_t size;
    int64_t data_page;
    int64_t dictionary_page;
    int64_t bloom;
    int64_t offset_index;
    int64_t offset_index_size;
    size_t statistics;
} RawChunk;

static void read_path(ThriftReader *t, ThriftType type, RawChunk *c)
{
    ThriftType element;

    c->path_parts = thrift_list(t, type, &element);
    for (size_t i = 0; i < c->path_parts && !t->st; i++)
        c->name = thrift_bytes(t, element);
}

static void read_column_meta(ThriftReader *t, RawChunk *c)
{
    ThriftField f = {0};

    c->has_meta = true;
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            c->physical = thrift_i32(t, f.type);
            break;
        case 3:
            read_path(t, f.type, c);
            break;
        case 4:
            c->codec = thrift_i32(t, f.type);
            break;
        case 5:
            c->values = thrift_i64(t, f.type);
            break;
        case 7:
            c->size = thrift_i64(t, f.type);
            break;
        case 9:
            c->data_page = thrift_i64(t, f.type);
            break;
        case 11:
            c->dictionary_page = thrift_i64(t, f.type);
            break;
        case 12:
            c->statistics = f.type == THRIFT_STRUCT ? thrift_position(t) : 0;
            thrift_skip(t, f.type);
            break;
        case 14:
            c->bloom = thrift_i64(t, f.type);
            break;
        default:
            thrift_skip(t, f.type);
        }
    }
}

static RawChunk read_chunk(ThriftReader *t, ThriftType type)
{
    RawChunk c = {.physical = -1, .codec = -1};
    ThriftField f = {0};

    if (!thrift_struct(t, type))
        return c;
    while (thrift_next(t, &f)) {
        if (f.id == 3 && thrift_struct(t, f.type)) {
            read_column_meta(t, &c);
        } else if (f.id == 4) {
            c.offset_index = thrift_i64(t, f.type);
        } else if (f.id == 5) {
            c.offset_index_size = thrift_i32(t, f.type);
        } else {
            c.is_elsewhere = c.is_elsewhere || f.id == 1 || f.id == 8 || f.id == 9;
            thrift_skip(t, f.type);
        }
    }
    return c;
}

/* [start, start + size) lies behind the first magic and before the footer. */
static bool in_file(const ParquetReader *r, int64_t start, int64_t size)
{
    const uint64_t end = (uint64_t)(r->footer.ptr - r->file.ptr);

    return start >= 4 && size >= 0 && (uint64_t)start <= end &&
           (uint64_t)size <= end - (uint64_t)start;
}

static Status set_chunk(const ParquetReader *r, const Leaf *leaf, const RawChunk *c, size_t rows,
                        ChunkMeta *out)
{
    const bool has_dictionary = c->dictionary_page > 0 && c->dictionary_page < c->data_page;
    const int64_t start = has_dictionary ? c->dictionary_page : c->data_page;

    if (c->is_elsewhere)
        return ST_UNSUPPORTED;
    if (!c->has_meta || c->physical != (int32_t)leaf->physical || c->path_parts != 1 ||
        !str_eq(c->name, leaf->column.name) || c->values < 0 || (uint64_t)c->values != rows)
        return ST_CORRUPT;
    if (!page_codec_known(c->codec))
        return ST_UNSUPPORTED;
    if (rows == 0) { /* some writers say nonsense about no pages */
        *out = (ChunkMeta){.codec = c->codec};
        return ST_OK;
    }
    if (!in_file(r, start, c->size))
        return ST_CORRUPT;
    *out = (ChunkMeta){.start = (uint64_t)start, .size = (uint64_t)c->size, .codec = c->codec};
    out->statistics = c->statistics <= UINT32_MAX ? (uint32_t)c->statistics : 0;
    if (c->offset_index_size > 0 && in_file(r, c->offset_index, c->offset_index_size)) {
        out->offset_index = (uint64_t)c->offset_index;
        out->offset_index_size = (uint32_t)c->offset_index_size;
    }
    out->has_bloom = c->bloom > 0 && in_file(r, c->bloom, 0);
    out->bloom = out->has_bloom ? (uint64_t)c->bloom : 0;
    return ST_OK;
}

/* ------------------------------------------------------------- row groups */

/* The chunks of a group come before its number of rows: they are checked
 * against it once both are known. */
typedef struct RawGroup {
    RawChunk *chunks;
    size_t count;
    int64_t rows;
} RawGroup;

static Status read_chunks(ParquetReader *r, ThriftReader *t, ThriftType type, RawGroup *g)
{
    ThriftType element;
    const size_t count = thrift_list(t, type, &element);

    if (t->st || count != r->column_count)
        return ST_CORRUPT;
    for (size_t i = 0; i < count && !t->st; i++)
        g->chunks[i] = read_chunk(t, element);
    g->count = count;
    return t->st;
}

static Status read_group_fields(ParquetReader *r, ThriftReader *t, ThriftType type, RawGroup *g)
{
    ThriftField f = {0};
    Status st = ST_OK;

    if (!thrift_struct(t, type))
        return ST_CORRUPT;
    while (!st && thrift_next(t, &f)) {
        if (f.id == 1)
            st = read_chunks(r, t, f.type, g);
        else if (f.id == 3)
            g->rows = thrift_i64(t, f.type);
        else
            thrift_skip(t, f.type);
    }
    return st ? st : t->st;
}

static Status set_group(ParquetReader *r, const RawGroup *g, GroupMeta *out, Err *err)
{
    if (g->count != r->column_count || g->rows < 0)
        return err_set(err, ST_CORRUPT, 0, "a row group's entry is damaged");
    if (g->rows > INT32_MAX)
        return err_set(err, ST_UNSUPPORTED, 0, "a row group is too large");
    out->rows = (size_t)g->rows;
    out->chunks = arena_calloc(&r->arena, r->column_count, sizeof *out->chunks);
    if (!out->chunks)
        return ST_NOMEM;
    for (size_t i = 0; i < r->column_count; i++) {
        const Status st = set_chunk(r, &r->leaves[i], &g->chunks[i], out->rows, &out->chunks[i]);

        if (st)
            return err_set(err, st, 0, "column \"%.*s\" of a row group: %s",
                           STR_ARG(r->leaves[i].column.name), status_text(st));
        r->leaves[i].column.bloom = r->leaves[i].column.bloom || out->chunks[i].has_bloom;
    }
    r->rows += g->rows;
    return ST_OK;
}

static Status read_each_group(ParquetReader *r, ThriftReader *t, ThriftType element, size_t count,
                              RawChunk *chunks, Err *err)
{
    for (size_t i = 0; i < count; i++) {
        RawGroup g = {.chunks = chunks, .rows = -1};
        Status st = read_group_fields(r, t, element, &g);

        if (st)
            return err_set(err, st, 0, "the list of row groups is damaged");
        st = set_group(r, &g, &r->groups[i], err);
        if (st)
            return st;
        r->group_count++;
    }
    return ST_OK;
}

static Status read_groups(ParquetReader *r, ThriftReader *t, ThriftType type, Err *err)
{
    ThriftType element;
    const size_t count = thrift_list(t, type, &element);
    RawChunk *chunks;
    Status st;

    if (t->st || r->groups || !r->leaves)
        return err_set(err, ST_CORRUPT, 0, "the list of row groups is damaged");
    r->groups = arena_calloc(&r->arena, count + 1, sizeof *r->groups);
    if (!r->groups)
        return ST_NOMEM;
    chunks = mem_calloc(r->column_count + 1, sizeof *chunks);
    if (!chunks)
        return ST_NOMEM;
    st = read_each_group(r, t, element, count, chunks, err);
    mem_free(chunks);
    return st;
}

/* ------------------------------------------------------------- file */

static Status read_meta(ParquetReader *r, ThriftReader *t, ThriftType type)
{
    ThriftType element;
    const size_t count = thrift_list(t, type, &element);

    r->meta = arena_calloc(&r->arena, count + 1, sizeof *r->meta);
    if (!r->meta)
        return ST_NOMEM;
    for (size_t i = 0; i < count && thrift_struct(t, element); i++) {
        ThriftField f = {0};

        while (thrift_next(t, &f)) {
            if (f.id == 1)
                r->meta[i].key = thrift_bytes(t, f.type);
            else if (f.id == 2)
                r->meta[i].value = thrift_bytes(t, f.type);
            else
                thrift_skip(t, f.type);
        }
    }
    r->meta_count = count;
    return t->st;
}

Status metadata_read(ParquetReader *r, Err *err)
{
    ThriftReader t = thrift_reader(r->footer);
    ThriftField f = {0};
    int64_t rows = -1;
    Status st = ST_OK;

    while (!st && thrift_next(&t, &f)) {
        if (f.id == 2)
            st = read_schema(r, &t, f.type, err);
        else if (f.id == 3)
            rows = thrift_i64(&t, f.type);
        else if (f.id == 4)
            st = read_groups(r, &t, f.type, err);
        else if (f.id == 5)
            st = read_meta(r, &t, f.type);
        else
            thrift_skip(&t, f.type);
    }
    if (st)
        return st;
    if (t.st || !r->leaves || !r->groups || rows != r->rows)
        return err_set(err, t.st ? t.st : ST_CORRUPT, thrift_position(&t), "the footer is damaged");
    return ST_OK;
}
