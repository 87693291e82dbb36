/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a running server's API, for the verbs that need one. */
#ifndef VIREO_CLI_REMOTE_H
#define VIREO_CLI_REMOTE_H

#include "cli/cli.h"
#include "codec/json_read.h"

/* Options of every verb that talks to a server; first in the verb's own struct. */
typedef struct RemoteOptions {
    Str url;
    Str api_key;
    Str project;
    bool json; /* print the answer as it came */
} RemoteOptions;

#define REMOTE_OPTIONS(type)                                                                       \
    {"url", "URL", OPTION_STR, offsetof(type, remote.url), "http://127.0.0.1:4318", "the server"}, \
        {"api-key",  "KEY",                                                                        \
         OPTION_STR, offsetof(type, remote.api_key),                                               \
         NULL,       "where it asks for one"},                                                     \
        {"project", "NAME", OPTION_STR, offsetof(type, remote.project), "default", "the project"}, \
    {                                                                                              \
        "json", NULL, OPTION_BOOL, offsetof(type, remote.json), NULL, "print JSON"                 \
    }

typedef struct RemoteCall {
    const char *method;
    Str path; /* "/api/v1/..." with its query, encoded */
    Str body;
    const char *content_type; /* NULL: application/json */
    const char *encoding;     /* Content-Encoding; NULL: none */
    bool to_project;          /* name the project in x-vireo-project */
} RemoteCall;

typedef struct RemoteAnswer {
    int status;
    Str body;        /* in the arena */
    Str next_cursor; /* header x-vireo-next-cursor, or empty */
} RemoteAnswer;

/* Any answer of the server is ST_OK, also an error; no answer: `err` says why. */
MUST_CHECK Status remote_call(const RemoteOptions *o, const RemoteCall *call, Arena *a,
                              RemoteAnswer *out, Err *err);
/* The same, and errors of either kind are printed; true for 2xx. */
bool remote_ok(Cli *cli, const RemoteOptions *o, const RemoteCall *call, RemoteAnswer *out);
/* remote_ok() and the answer as JSON; with --json it is printed, and *out is NULL. */
bool remote_json(Cli *cli, const RemoteOptions *o, const RemoteCall *call, const Json **out);

/* One page of a list, from `cursor`: empty for the first, moved on to the next one, and emptied
 * after the last.  The arena is the page's. */
typedef Status (*RemotePage)(void *context, Buf *cursor, Arena *a);
/* Pages until there are no more, each in an arena of at most `memory` bytes. */
MUST_CHECK Status remote_pages(size_t memory, RemotePage page, void *context);

/* A member of a request's body. */
typedef struct RemoteField {
    const char *key;
    Str text;
} RemoteField;

/* remote_json() with an object of texts as the body. */
bool remote_send(Cli *cli, const RemoteOptions *o, RemoteCall call, const RemoteField *fields,
                 size_t count, const Json **out);

/* Append `s` percent-encoded. */
MUST_CHECK Status url_escape(Buf *b, Str s);
/* Append "&name=value", nothing for an empty value. */
MUST_CHECK Status url_param(Buf *url, const char *name, Str value);
/* "/api/v1/projects/{project}" + `rest`, whose %s are escaped texts. */
bool remote_project_path(Cli *cli, const RemoteOptions *o, Str *out, const char *before, Str name,
                         const char *after);

/* A parameter of a query; left out when its value is empty. */
typedef struct RemoteParameter {
    const char *name;
    Str value;
} RemoteParameter;

/* As remote_project_path() with `path`, which may have parameters already, and these. */
bool remote_query_path(Cli *cli, const RemoteOptions *o, const char *path,
                       const RemoteParameter *parameters, size_t count, Str *out);

/* Text of a value for people: strings without quotes, else the JSON; "-" for null and NULL. */
Str json_text(const Json *value);
/* Text of a member for people: strings without quotes, else the JSON; "-" for
 * null and missing ones. */
Str json_shown(const Json *object, const char *key);

#endif
