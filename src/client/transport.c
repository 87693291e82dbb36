/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface: requests side by side, and given up at any time,
 * which curl_easy_perform() does not offer without signals.
 *
 * The sockets are noted as they open, because after a fork the child must close
 * its copies: closing through curl would send TLS farewells on the parent's
 * connection. */
#include "client/transport.h"

#include "base/alloc.h"
#include "client/easy.h"
#include "client/fd_list.h"
#include "codec/json_scan.h"
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

/* One request at a time. */
typedef struct Lane {
    CURL *easy; /* NULL until it is needed */
    struct curl_slist *headers;
    Buf url;
    Buf answer;
    char curl_error[CURL_ERROR_SIZE];
    bool running; /* added to the multi handle */
    bool done;
    CURLcode result; /* when done */
} Lane;

struct Transport {
    const Settings *settings;
    CURLM *multi;
    Lane lanes[TRANSPORT_LANES];
    FdList sockets;
};

/* ---------------------------------------------------------------- sockets */

static int on_socket_open(void *context, curl_socket_t fd, curlsocktype purpose)
{
    if (purpose == CURLSOCKTYPE_IPCXN)
        fd_list_note(context, fd);
    return CURL_SOCKOPT_OK;
}

static int on_socket_close(void *context, curl_socket_t fd)
{
    File f = {fd};

    fd_list_drop(context, fd);
    file_close(&f);
    return 0;
}

/* ------------------------------------------------------------ life, setup */

/* Bytes past ANSWER_KEPT are read and forgotten. */
static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
    Lane *l = context;
    const size_t len = size * count;
    const size_t room = l->answer.limit - l->answer.len;

    if (buf_append(&l->answer, (Str){data, len < room ? len : room}))
        return 0;
    return len;
}

static CURLcode set_callbacks(Transport *t, Lane *l)
{
    CURLcode failed = curl_easy_setopt(l->easy, CURLOPT_WRITEFUNCTION, on_answer);

    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_WRITEDATA, l);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_PRIVATE, l);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_ERRORBUFFER, l->curl_error);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_SOCKOPTFUNCTION, on_socket_open);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_SOCKOPTDATA, &t->sockets);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_CLOSESOCKETFUNCTION, on_socket_close);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_CLOSESOCKETDATA, &t->sockets);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_QUICK_EXIT, 1L);
    return failed;
}

static Status lane_open(Transport *t, Lane *l)
{
    if (l->easy)
        return ST_OK;
    l->easy = easy_new(t->settings);
    if (l->easy && !set_callbacks(t, l))
        return ST_OK;
    if (l->easy)
        curl_easy_cleanup(l->easy);
    l->easy = NULL;
    return ST_NOMEM;
}

Transport *transport_new(const Settings *s)
{
    Transport *t = mem_calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->settings = s;
    for (size_t i = 0; i < TRANSPORT_LANES; i++) {
        buf_init(&t->lanes[i].url, URL_MAX);
        buf_init(&t->lanes[i].answer, ANSWER_KEPT);
    }
    t->multi = curl_multi_init();
    if (!t->multi || curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)TRANSPORT_LANES) ||
        lane_open(t, &t->lanes[0])) {
        transport_free(t);
        return NULL;
    }
    return t;
}

void transport_free(Transport *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < TRANSPORT_LANES; i++) {
        if (t->lanes[i].easy)
            curl_easy_cleanup(t->lanes[i].easy);
        buf_deinit(&t->lanes[i].url);
        buf_deinit(&t->lanes[i].answer);
    }
    if (t->multi)
        (void)curl_multi_cleanup(t->multi);
    mem_free(t);
}

void transport_forget(Transport *t)
{
    fd_list_close_all(&t->sockets);
}

/* ---------------------------------------------------------------- request */

typedef struct Place {
    Str before; /* of the name */
    Str after;
} Place;

/* Behind the project's address. */
static Place place_of(ParcelKind kind)
{
    switch (kind) {
    case PARCEL_BLOB:
        return (Place){STR("/blobs/"), {0}};
    case PARCEL_MODEL:
        return (Place){STR("/models/"), STR("/versions")};
    default:
        return (Place){STR("/scores"), {0}};
    }
}

static Status make_url(const Settings *s, const Parcel *p, Buf *b)
{
    const Place place = place_of(p->kind);
    Status st;

    buf_clear(b);
    if (p->kind == PARCEL_SPANS) {
        st = buf_printf(b, "%s/v1/traces", s->url);
        return st ? st : easy_terminate(b);
    }
    st = easy_project_url(s, b);
    if (!st)
        st = buf_append(b, place.before);
    if (!st)
        st = easy_escape(b, p->kind == PARCEL_BLOB ? str_slice(p->name, 0, PARCEL_SHA256_HEX)
                                                   : p->name);
    if (!st)
        st = buf_append(b, place.after);
    return st ? st : easy_terminate(b);
}

static Status content_type(const Parcel *p, struct curl_slist **list)
{
    char media_type[256];
    const Str named = str_slice(p->name, PARCEL_SHA256_HEX + 1, p->name.len);

    if (p->kind == PARCEL_SPANS)
        return easy_header(list, "Content-Type", "application/x-protobuf");
    if (p->kind != PARCEL_BLOB)
        return easy_header(list, "Content-Type", "application/json");
    (void)snprintf(media_type, sizeof media_type, "%.*s", STR_ARG(named));
    return easy_header(list, "Content-Type", media_type);
}

static Status make_headers(const Settings *s, const Parcel *p, struct curl_slist **list)
{
    Status st = easy_common_headers(s, list);
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

static Status set_request(const Lane *l, const Parcel *p)
{
    CURLcode failed = curl_easy_setopt(l->easy, CURLOPT_URL, l->url.data);

    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, l->headers);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_POST, 1L);
    if (!failed)
        failed =
            curl_easy_setopt(l->easy, CURLOPT_CUSTOMREQUEST, p->kind == PARCEL_BLOB ? "PUT" : NULL);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
    if (!failed)
        failed = curl_easy_setopt(l->easy, CURLOPT_POSTFIELDS, p->body.len ? p->body.ptr : "");
    return failed ? ST_NOMEM : ST_OK;
}

static Status lane_start(Transport *t, Lane *l, const Parcel *p)
{
    Status st = lane_open(t, l);

    l->done = false;
    l->curl_error[0] = '\0';
    buf_clear(&l->answer);
    if (!st)
        st = make_url(t->settings, p, &l->url);
    if (!st)
        st = make_headers(t->settings, p, &l->headers);
    if (!st)
        st = set_request(l, p);
    if (!st && curl_multi_add_handle(t->multi, l->easy))
        st = ST_NOMEM;
    l->running = st == ST_OK;
    return st;
}

static void lane_end(Transport *t, Lane *l)
{
    if (l->running)
        (void)curl_multi_remove_handle(t->multi, l->easy);
    l->running = false;
    if (l->easy) {
        (void)curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, NULL);
        (void)curl_easy_setopt(l->easy, CURLOPT_POSTFIELDS, NULL);
    }
    curl_slist_free_all(l->headers);
    l->headers = NULL;
}

static void collect_done(Transport *t)
{
    const CURLMsg *message;
    int waiting;

    while ((message = curl_multi_info_read(t->multi, &waiting))) {
        Lane *l = NULL;

        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &l) || !l)
            continue;
        l->done = true;
        l->result = message->data.result;
    }
}

/* Until all that were started are done, or it is time to give up. */
static void run(Transport *t, int64_t deadline_ns, StopCheck *stop, void *context)
{
    int running = 1;

    for (;;) {
        const int64_t left_ns = deadline_ns - clock_mono_ns();

        if (curl_multi_perform(t->multi, &running))
            return;
        collect_done(t);
        if (running == 0 || left_ns <= 0 || stop(context))
            return;
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

uint64_t transport_rejected_scores(Str answer, uint64_t sent, Str *why)
{
    JsonScan s = json_scan(answer, 8);
    uint64_t accepted = sent;
    Str key = {0};
    JsonEvent e;

    *why = (Str){0};
    while (json_scan_next(&s, &e)) {
        if (e.kind == JSON_EVENT_KEY)
            key = e.text;
        else if (e.kind == JSON_EVENT_NUMBER && str_eq(key, STR("accepted")))
            (void)!str_to_u64(e.text, &accepted);
        else if (e.kind == JSON_EVENT_STR && str_eq(key, STR("detail")) && !why->len)
            *why = e.text;
    }
    return accepted < sent ? sent - accepted : 0;
}

/* What a delivered parcel holds that was refused, and why. */
static void read_rejected(const Lane *l, const Parcel *p, Reply *out)
{
    Str why = {0};

    if (p->kind == PARCEL_SPANS) {
        out->rejected = transport_rejected_spans(buf_str(&l->answer));
    } else if (p->kind == PARCEL_SCORES) {
        out->rejected = transport_rejected_scores(buf_str(&l->answer), p->count, &why);
    }
    if (out->rejected > p->count)
        out->rejected = p->count;
    if (why.len)
        (void)snprintf(out->error, sizeof out->error, "a score was refused: %.*s",
                       STR_ARG(utf8_clip(why, sizeof out->error - 32)));
}

static Outcome outcome_of(long status)
{
    if (status >= 200 && status < 300)
        return OUTCOME_DELIVERED;
    if (status == 408 || status == 429)
        return OUTCOME_LATER;
    return status >= 400 && status < 500 ? OUTCOME_REFUSED : OUTCOME_LATER;
}

static void read_answer(const Lane *l, const Parcel *p, Reply *out)
{
    curl_off_t retry_after_s = 0;

    (void)curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &out->http_status);
    out->outcome = outcome_of(out->http_status);
    if (out->outcome == OUTCOME_DELIVERED) {
        read_rejected(l, p, out);
        return;
    }
    (void)curl_easy_getinfo(l->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s > RETRY_AFTER_MAX_S)
        retry_after_s = RETRY_AFTER_MAX_S;
    out->retry_after_ns = retry_after_s > 0 ? (int64_t)retry_after_s * 1000000000 : 0;
    (void)snprintf(out->error, sizeof out->error, "HTTP status %ld from %s", out->http_status,
                   l->url.data);
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

static void read_failure(const Lane *l, Reply *out)
{
    out->outcome = outcome_of_failure(l->result);
    (void)snprintf(out->error, sizeof out->error, "%s",
                   l->curl_error[0] ? l->curl_error : curl_easy_strerror(l->result));
}

static void read_lane(const Lane *l, const Parcel *p, Reply *out)
{
    if (!l->done) {
        out->outcome = OUTCOME_STOPPED;
        (void)snprintf(out->error, sizeof out->error, "no answer in time from %s", l->url.data);
    } else if (l->result) {
        read_failure(l, out);
    } else {
        read_answer(l, p, out);
    }
}

void transport_send(Transport *t, const Parcel *parcels, size_t count, int64_t deadline_ns,
                    StopCheck *stop, void *context, Reply *replies)
{
    for (size_t i = 0; i < count; i++) {
        const Status st = lane_start(t, &t->lanes[i], &parcels[i]);

        replies[i] = (Reply){.outcome = OUTCOME_LATER};
        if (st)
            (void)snprintf(replies[i].error, sizeof replies[i].error, "%s", status_text(st));
    }
    run(t, deadline_ns, stop, context);
    for (size_t i = 0; i < count; i++) {
        if (t->lanes[i].running)
            read_lane(&t->lanes[i], &parcels[i], &replies[i]);
        lane_end(t, &t->lanes[i]);
    }
}
