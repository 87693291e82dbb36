/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: `vr_` and 43 random characters of [0-9A-Za-z] (256 bits).
 *
 * Only the SHA-256 of a key is kept.  A slow password hash would add nothing: nobody
 * can guess 256 random bits, and it would cost every request milliseconds
 * (docs/adr/0011). */
#ifndef VIREO_DOMAIN_KEY_H
#define VIREO_DOMAIN_KEY_H

#include "catalog/api_key.h"
#include "domain/domain.h"

enum { KEY_TEXT_CHARS = 46, KEY_PREFIX_CHARS = 8 };

typedef enum Role { ROLE_INGEST, ROLE_VIEWER, ROLE_EDITOR, ROLE_ADMIN } Role;

typedef enum Action {
    ACTION_INGEST, /* send telemetry, put blobs, register versions */
    ACTION_READ,   /* see traces, models, blobs, counters */
    ACTION_EDIT,   /* rename, change metadata */
    ACTION_ADMIN   /* keys, projects */
} Action;

bool role_from_text(Str text, Role *out);
Str role_text(Role role);
bool role_may(Role role, Action action);

/* Who a valid key speaks for. */
typedef struct KeyGrant {
    int64_t key_id;
    int64_t project_id; /* 0: every project */
    Role role;
} KeyGrant;

typedef struct NewKey {
    KeyRow row;
    char text[KEY_TEXT_CHARS + 1]; /* shown once, never kept */
} NewKey;

/* project_id 0: a key for every project. */
MUST_CHECK Status key_create(Domain *d, int64_t project_id, Str name, Str role, Arena *arena,
                             NewKey *out, FieldErr *err);
/* ST_DENIED: no such key.  Notes the use, at most once a minute a key. */
MUST_CHECK Status key_check(Domain *d, Str text, KeyGrant *out);
/* May that key do `action` in that project (0: outside of projects)? */
bool key_may(const KeyGrant *grant, int64_t project_id, Action action);
MUST_CHECK Status key_list(Domain *d, int64_t project_id, Arena *arena, KeyList *out);
/* Takes effect at once in this process, in others at their next check. */
MUST_CHECK Status key_revoke(Domain *d, int64_t project_id, int64_t id);
/* Is there any key at all, so that accounts can be on? */
MUST_CHECK Status key_any(Domain *d, bool *out);

#endif
