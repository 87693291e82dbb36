/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface with one easy handle: a request can be given up at any
 * time, which curl_easy_perform() does not offer without signals.
 *
 * The sockets are noted as they open, because after a fork the child must close
 * its copies: closing through curl would send TLS farewells on the parent's
 * connection. */
#include "client/transport.h"

#include "base/alloc.h"
#include "client/easy.h"
#include "client/fd_list.h"
#include "codec/protobuf.h"
#include "os/clock.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum {
    STOP_CHECK_MS = 50,
    ANSWER_KEPT = 64 * 1024,
    URL_MAX = 16 * 1024,
    RETRY_AFTER_MAX_S = 300,
    CONNECT_TIMEOUT_MS = 5000
};

struct Transport {
    const Settings *settings;
    CURLM *multi;
    CURL *easy;
    Buf url;
    Buf answer;
    FdList sockets;
    char curl_error[CURL_ERROR_SIZE];
};

/* ---------------------------------------------------------------- sockets */

static int on_socket_open(void *context, curl_socket_t fd, curlsocktype purpose)
{
    Transport *t = context;

    if (purpose == CURLSOCKTYPE_IPCXN)
        fd_list_note(&t->sockets, fd);
    return CURL_SOCKOPT_OK;
}

static int on_socket_close(void *context, curl_socket_t fd)
{
    Transport *t = context;
    File f = {fd};

    fd_list_drop(&t->sockets, fd);
    file_close(&f);
    return 0;
}

/* ------------------------------------------------------------ life, setup */

/* Bytes past ANSWER_KEPT are read and forgotten. */
static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
    Transport *t = context;
    const size_t len = size * count;
    const size_t room = t->answer.limit - t->answer.len;

    if (buf_append(&t->answer, (Str){data, len < room ? len : room}))
        return 0;
    return len;
}

static CURLcode set_callbacks(Transport *t)
{
    CURLcode failed = curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_answer);

    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_error);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_SOCKOPTFUNCTION, on_socket_open);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_SOCKOPTDATA, t);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETFUNCTION, on_socket_close);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, t);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
    return failed;
}

Transport *transport_new(const Settings *s)
{
    Transport *t = mem_calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->settings = s;
    buf_init(&t->url, URL_MAX);
    buf_init(&t->answer, ANSWER_KEPT);
    t->multi = curl_multi_init();
    t->easy = easy_new(s);
    if (!t->multi || !t->easy || set_callbacks(t)) {
        transport_free(t);
        return NULL;
    }
    return t;
}

void transport_free(Transport *t)
{
    if (!t)
        return;
    if (t->easy)
        curl_easy_cleanup(t->easy);
    if (t->multi)
        (void)curl_multi_cleanup(t->multi);
    buf_deinit(&t->url);
    buf_deinit(&t->answer);
    mem_free(t);
}

void transport_forget(Transport *t)
{
    fd_list_close_all(&t->sockets);
}

/* ---------------------------------------------------------------- request */

static Status make_url(Transport *t, const Parcel *p)
{
    Buf *b = &t->url;
    Status st;

    buf_clear(b);
    if (p->kind == PARCEL_SPANS) {
        st = buf_printf(b, "%s/v1/traces", t->settings->url);
        return st ? st : easy_terminate(b);
    }
    st = easy_project_url(t->settings, b);
    if (!st)
        st = buf_append(b, p->kind == PARCEL_BLOB ? STR("/blobs/") : STR("/models/"));
    if (!st)
        st = easy_escape(b, p->kind == PARCEL_BLOB ? str_slice(p->name, 0, PARCEL_SHA256_HEX)
                                                   : p->name);
    if (!st && p->kind == PARCEL_MODEL)
        st = buf_append(b, STR("/versions"));
    return st ? st : easy_terminate(b);
}

static Status content_type(const Parcel *p, struct curl_slist **list)
{
    char media_type[256];
    const Str named = str_slice(p->name, PARCEL_SHA256_HEX + 1, p->name.len);

    if (p->kind == PARCEL_SPANS)
        return easy_header(list, "Content-Type", "application/x-protobuf");
    if (p->kind == PARCEL_MODEL)
        return easy_header(list, "Content-Type", "application/json");
    (void)snprintf(media_type, sizeof media_type, "%.*s", STR_ARG(named));
    return easy_header(list, "Content-Type", media_type);
}

static Status make_headers(const Transport *t, const Parcel *p, struct curl_slist **list)
{
    Status st = easy_common_headers(t->settings, list);
    struct curl_slist *longer;

    if (!st)
        st = content_type(p, list);
    if (!st && p->zstd)
        st = easy_header(list, "Content-Encoding", "zstd");
    if (st)
        return st;
    longer = curl_slist_append(*list, "Expect:"); /* no pause before the body */
    if (!longer)
        return ST_NOMEM;
    *list = longer;
    return ST_OK;
}

static Status set_request(Transport *t, const Parcel *p, const struct curl_slist *headers)
{
    CURLcode failed = curl_easy_setopt(t->easy, CURLOPT_URL, t->url.data);

    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, headers);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    if (!failed)
        failed =
            curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, p->kind == PARCEL_BLOB ? "PUT" : NULL);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, p->body.len ? p->body.ptr : "");
    if (!failed)
        failed = curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    return failed ? ST_NOMEM : ST_OK;
}

/* Wait for the one transfer.  True and its result, false when it was stopped. */
static bool run(Transport *t, int64_t deadline_ns, StopCheck *stop, void *context, CURLcode *result)
{
    int running = 1;

    for (;;) {
        const int64_t left_ns = deadline_ns - clock_mono_ns();
        const CURLMsg *message;
        int waiting;

        if (curl_multi_perform(t->multi, &running))
            return false;
        message = curl_multi_info_read(t->multi, &waiting);
        if (message && message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return true;
        }
        if (left_ns <= 0 || stop(context))
            return false;
        (void)curl_multi_poll(t->multi, NULL, 0,
                              left_ns < STOP_CHECK_MS * INT64_C(1000000)
                                  ? (int)(left_ns / 1000000) + 1
                                  : STOP_CHECK_MS,
                              NULL);
    }
}

/* ----------------------------------------------------------------- answer */

uint64_t transport_rejected_spans(Str response)
{
    enum { PARTIAL_SUCCESS = 1, REJECTED_SPANS = 1 };
    PbReader outer = pb_reader(response);
    PbField f;
    uint64_t rejected = 0;

    while (pb_next(&outer, &f)) {
        PbReader inner;

        if (f.number != PARTIAL_SUCCESS || f.wire != PB_BYTES)
            continue;
        inner = pb_reader(f.bytes);
        while (pb_next(&inner, &f))
            if (f.number == REJECTED_SPANS && f.wire == PB_VARINT)
                rejected = f.value;
    }
    return rejected;
}

static Outcome outcome_of(long status)
{
    if (status >= 200 && status < 300)
        return OUTCOME_DELIVERED;
    if (status == 408 || status == 429)
        return OUTCOME_LATER;
    return status >= 400 && status < 500 ? OUTCOME_REFUSED : OUTCOME_LATER;
}

static void read_answer(Transport *t, const Parcel *p, Reply *out)
{
    curl_off_t retry_after_s = 0;

    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &out->http_status);
    out->outcome = outcome_of(out->http_status);
    if (out->outcome == OUTCOME_DELIVERED) {
        if (p->kind == PARCEL_SPANS)
            out->rejected = transport_rejected_spans(buf_str(&t->answer));
        if (out->rejected > p->spans)
            out->rejected = p->spans;
        return;
    }
    (void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s > RETRY_AFTER_MAX_S)
        retry_after_s = RETRY_AFTER_MAX_S;
    out->retry_after_ns = retry_after_s > 0 ? (int64_t)retry_after_s * 1000000000 : 0;
    (void)snprintf(out->error, sizeof out->error, "HTTP status %ld from %s", out->http_status,
                   t->url.data);
}

static Outcome outcome_of_failure(CURLcode failed)
{
    switch (failed) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return OUTCOME_AWAY;
    default:
        return OUTCOME_LATER;
    }
}

static void read_failure(Transport *t, CURLcode failed, Reply *out)
{
    out->outcome = outcome_of_failure(failed);
    (void)snprintf(out->error, sizeof out->error, "%s",
                   t->curl_error[0] ? t->curl_error : curl_easy_strerror(failed));
}

static void perform(Transport *t, const Parcel *p, int64_t deadline_ns, StopCheck *stop,
                    void *context, Reply *out)
{
    CURLcode failed = CURLE_OK;

    t->curl_error[0] = '\0';
    buf_clear(&t->answer);
    if (curl_multi_add_handle(t->multi, t->easy))
        return;
    if (!run(t, deadline_ns, stop, context, &failed)) {
        out->outcome = OUTCOME_STOPPED;
        (void)snprintf(out->error, sizeof out->error, "no answer in time from %s", t->url.data);
    } else if (failed) {
        read_failure(t, failed, out);
    } else {
        read_answer(t, p, out);
    }
    (void)curl_multi_remove_handle(t->multi, t->easy);
}

void transport_send(Transport *t, const Parcel *p, int64_t deadline_ns, StopCheck *stop,
                    void *context, Reply *out)
{
    struct curl_slist *headers = NULL;
    Status st;

    *out = (Reply){.outcome = OUTCOME_LATER};
    st = make_url(t, p);
    if (!st)
        st = make_headers(t, p, &headers);
    if (!st)
        st = set_request(t, p, headers);
    if (!st)
        perform(t, p, deadline_ns, stop, context, out);
    else
        (void)snprintf(out->error, sizeof out->error, "%s", status_text(st));
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(headers);
}
