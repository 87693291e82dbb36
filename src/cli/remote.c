/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP through libcurl, with the options that libvireo's own requests have. */
#include "cli/remote.h"

#include "client/easy.h"
#include "codec/json_write.h"

enum {
    ANSWER_MAX = 256 * 1024 * 1024,
    URL_MAX = 32 * 1024,
    SENT_MAX = 64 * 1024,
    CONNECT_MS = 10000,
    STALL_SECONDS = 60
};

typedef struct Transfer {
    Buf body;
    Buf cursor;
    Status st;
} Transfer;

static size_t take_body(char *data, size_t size, size_t count, void *transfer)
{
    Transfer *t = transfer;

    t->st = buf_append(&t->body, (Str){data, size * count});
    return t->st ? 0 : size * count;
}

static size_t take_header(char *data, size_t size, size_t count, void *transfer)
{
    Transfer *t = transfer;
    Str name;
    Str value;

    if (str_cut((Str){data, size * count}, ':', &name, &value) &&
        str_eq_nocase(name, STR("x-vireo-next-cursor"))) {
        buf_clear(&t->cursor);
        t->st = buf_append(&t->cursor, str_trim(value));
    }
    return t->st ? 0 : size * count;
}

static Status make_url(const RemoteOptions *o, Str path, Buf *url)
{
    Str base = o->url;
    Status st;

    while (str_ends(base, STR("/")))
        base = str_slice(base, 0, base.len - 1);
    st = buf_append(url, base);
    if (!st)
        st = buf_append(url, path);
    return st ? st : easy_terminate(url);
}

static Status project_header(const RemoteOptions *o, struct curl_slist **list)
{
    Buf name;
    Status st;

    buf_init(&name, 4096);
    st = easy_escape(&name, o->project);
    if (!st)
        st = easy_terminate(&name);
    if (!st)
        st = easy_header(list, "x-vireo-project", name.data);
    buf_deinit(&name);
    return st;
}

static Status make_headers(const RemoteOptions *o, const RemoteCall *call, struct curl_slist **list)
{
    char bearer[1024];
    Status st = easy_header(list, "Content-Type",
                            call->content_type ? call->content_type : "application/json");

    if (!st && call->encoding)
        st = easy_header(list, "Content-Encoding", call->encoding);
    if (!st && call->to_project)
        st = project_header(o, list);
    if (!st)
        st = easy_header(list, "Expect", "");
    if (st || !o->api_key.len)
        return st;
    (void)snprintf(bearer, sizeof bearer, "Bearer %.*s", STR_ARG(o->api_key));
    return easy_header(list, "Authorization", bearer);
}

static bool set_up(CURL *easy, const RemoteCall *call, const char *url, struct curl_slist *headers,
                   Transfer *t)
{
    const bool has_body = call->body.len > 0;

    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS) == CURLE_OK &&
           (!has_body || curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK) &&
           (!has_body || curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.ptr) == CURLE_OK) &&
           (!has_body || curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                          (curl_off_t)call->body.len) == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, t) == CURLE_OK;
}

static Status perform(CURL *easy, const RemoteOptions *o, Transfer *t, Arena *a, RemoteAnswer *out,
                      Err *err)
{
    const CURLcode code = curl_easy_perform(easy);
    long status = 0;
    Status st;

    if (code != CURLE_OK)
        return err_set(err, ST_IO, 0, "no answer from %.*s: %s", STR_ARG(o->url),
                       t->st ? status_text(t->st) : curl_easy_strerror(code));
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    st = arena_copy(a, buf_str(&t->body), &out->body);
    if (!st)
        st = arena_copy(a, buf_str(&t->cursor), &out->next_cursor);
    return st ? err_set(err, st, 0, "the answer does not fit into memory") : ST_OK;
}

Status remote_call(const RemoteOptions *o, const RemoteCall *call, Arena *a, RemoteAnswer *out,
                   Err *err)
{
    Settings settings = {.api_key = ""};
    Transfer t = {0};
    struct curl_slist *headers = NULL;
    CURL *easy = NULL;
    Buf url;
    Status st;

    buf_init(&url, URL_MAX);
    buf_init(&t.body, ANSWER_MAX);
    buf_init(&t.cursor, 4096);
    st = make_url(o, call->path, &url);
    if (st) {
        (void)err_set(err, st, 0, "the address is too long");
        goto done;
    }
    settings.url = url.data;
    easy = easy_new(&settings);
    st = easy ? make_headers(o, call, &headers) : ST_NOMEM;
    if (st || !set_up(easy, call, url.data, headers, &t)) {
        st = err_set(err, st ? st : ST_NOMEM, 0, "cannot prepare the request");
        goto done;
    }
    st = perform(easy, o, &t, a, out, err);
done:
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    buf_deinit(&url);
    buf_deinit(&t.body);
    buf_deinit(&t.cursor);
    return st;
}

/* The detail of a problem, or the message of an OTLP status. */
static Str reason_of(const RemoteAnswer *answer, Arena *a)
{
    const Json *body;
    const Json *detail;

    if (json_parse_object(answer->body, a, &body, NULL) != ST_OK)
        return (Str){0};
    detail = json_get(body, STR("detail"));
    if (!detail)
        detail = json_get(body, STR("message"));
    return detail && detail->kind == JSON_KIND_STR ? detail->as.s : (Str){0};
}

Status remote_pages(size_t memory, RemotePage page, void *context)
{
    Buf cursor;
    Status st = ST_OK;
    bool first = true;

    buf_init(&cursor, 4096);
    while (!st && (first || cursor.len)) {
        Arena a;

        arena_init(&a, memory);
        st = page(context, &cursor, &a);
        arena_deinit(&a);
        first = false;
    }
    buf_deinit(&cursor);
    return st;
}

bool remote_ok(Cli *cli, const RemoteOptions *o, const RemoteCall *call, RemoteAnswer *out)
{
    Err err = {0};
    Str reason;

    *out = (RemoteAnswer){0};
    if (remote_call(o, call, &cli->arena, out, &err) != ST_OK) {
        cli_error(cli, "%s", err.msg);
        return false;
    }
    if (out->status >= 200 && out->status < 300)
        return true;
    reason = reason_of(out, &cli->arena);
    cli_error(cli, "the server answered %d%s%.*s", out->status, reason.len ? ": " : "",
              STR_ARG(reason));
    return false;
}

bool remote_json(Cli *cli, const RemoteOptions *o, const RemoteCall *call, const Json **out)
{
    RemoteAnswer answer;
    Err err = {0};

    *out = NULL;
    if (!remote_ok(cli, o, call, &answer))
        return false;
    if (o->json) {
        if (answer.body.len)
            cli_print(cli, "%.*s\n", STR_ARG(answer.body));
        return true;
    }
    if (!answer.body.len)
        return true;
    if (json_parse(answer.body, &cli->arena, out, &err) == ST_OK)
        return true;
    cli_error(cli, "the server's answer is no JSON: %s", err.msg);
    return false;
}

bool remote_send(Cli *cli, const RemoteOptions *o, RemoteCall call, const RemoteField *fields,
                 size_t count, const Json **out)
{
    Buf body;
    JsonWriter w;
    bool ok;

    buf_init(&body, SENT_MAX);
    w = jw_init(&body);
    jw_object(&w);
    for (size_t i = 0; i < count; i++)
        jw_key_str(&w, str_from(fields[i].key), fields[i].text);
    jw_object_end(&w);
    ok = jw_done(&w) == ST_OK;
    if (!ok)
        cli_error(cli, "what is to be sent is too long");
    call.body = buf_str(&body);
    ok = ok && remote_json(cli, o, &call, out);
    buf_deinit(&body);
    return ok;
}

Status url_escape(Buf *b, Str s)
{
    return easy_escape(b, s);
}

Status url_param(Buf *url, const char *name, Str value)
{
    Status st;

    if (!value.len)
        return ST_OK;
    st = buf_printf(url, "&%s=", name);
    return st ? st : url_escape(url, value);
}

bool remote_project_path(Cli *cli, const RemoteOptions *o, Str *out, const char *before, Str name,
                         const char *after)
{
    Buf b;
    Status st;

    buf_init(&b, URL_MAX);
    st = buf_append(&b, STR("/api/v1/projects/"));
    if (!st)
        st = easy_escape(&b, o->project);
    if (!st)
        st = buf_append(&b, str_from(before));
    if (!st)
        st = easy_escape(&b, name);
    if (!st)
        st = buf_append(&b, str_from(after));
    if (!st)
        st = arena_copy(&cli->arena, buf_str(&b), out);
    buf_deinit(&b);
    if (st)
        cli_error(cli, "the name is too long");
    return st == ST_OK;
}

bool remote_query_path(Cli *cli, const RemoteOptions *o, const char *path,
                       const RemoteParameter *parameters, size_t count, Str *out)
{
    char sign = str_find_char(str_from(path), '?') < str_from(path).len ? '&' : '?';
    const char *rest = NULL;
    Buf query;
    Status st;

    buf_init(&query, URL_MAX);
    st = buf_append(&query, str_from(path));
    for (size_t i = 0; i < count && !st; i++) {
        if (!parameters[i].value.len)
            continue;
        st = buf_printf(&query, "%c%s=", sign, parameters[i].name);
        if (!st)
            st = easy_escape(&query, parameters[i].value);
        sign = '&';
    }
    if (!st)
        st = arena_copy_z(&cli->arena, buf_str(&query), &rest);
    buf_deinit(&query);
    if (st)
        cli_error(cli, "the options are too long");
    return !st && remote_project_path(cli, o, out, rest, (Str){0}, "");
}

Str json_text(const Json *value)
{
    if (!value || value->kind == JSON_KIND_NULL)
        return STR("-");
    return value->kind == JSON_KIND_STR ? value->as.s : value->raw;
}

Str json_shown(const Json *object, const char *key)
{
    return json_text(json_get(object, str_from(key)));
}
