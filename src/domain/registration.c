/* SPDX-License-Identifier: Apache-2.0 */
/* See registration.h. */
#include "domain/registration.h"

#include "catalog/version.h"

Status registration_parse(Str text, size_t most, Arena *arena, const Json **out, FieldErr *err)
{
    Err e = {0};
    Status st;

    if (text.len > most)
        return field_err_set(err, ST_LIMIT, "", "the body may have at most %zu bytes", most);
    st = json_parse_object(text, arena, out, &e);
    if (st == ST_NOMEM)
        return field_err_set(err, ST_LIMIT, "", "the body has too many parts");
    return st ? field_err_set(err, ST_INVALID, "", "%s", e.msg) : ST_OK;
}

static Status too_long(FieldErr *err, const char *field, size_t most)
{
    return field_err_set(err, ST_LIMIT, field, "%s may have at most %zu bytes", field, most);
}

Status registration_text(const Json *body, const char *field, size_t most, Str *out, FieldErr *err)
{
    Err e = {0};

    if (json_field_str(body, str_from(field), JSON_OPTIONAL, out, &e))
        return field_err_set(err, ST_INVALID, field, "%s", e.msg);
    return out->len > most ? too_long(err, field, most) : ST_OK;
}

Status registration_object(const Json *body, const char *field, size_t most, const Json **object,
                           Str *raw, FieldErr *err)
{
    const Json *found = NULL;
    Err e = {0};

    if (json_field_object(body, str_from(field), JSON_OPTIONAL, &found, &e))
        return field_err_set(err, ST_INVALID, field, "%s", e.msg);
    if (!found)
        return ST_OK;
    if (found->raw.len > most)
        return too_long(err, field, most);
    *raw = found->raw;
    if (object)
        *object = found;
    return ST_OK;
}

Status registration_fingerprint(const Json *body, Arena *arena, Str *out, FieldErr *err)
{
    uint8_t bytes[FINGERPRINT_CHARS / 2];
    char hex[FINGERPRINT_CHARS];
    Str text = {0};
    Err e = {0};

    if (json_field_str(body, STR("fingerprint"), JSON_REQUIRED, &text, &e))
        return field_err_set(err, ST_INVALID, "fingerprint", "%s", e.msg);
    if (hex_decode(text, bytes, sizeof bytes))
        return field_err_set(err, ST_INVALID, "fingerprint",
                             "fingerprint must be 64 hex digits, not %zu characters", text.len);
    hex_encode(bytes, sizeof bytes, hex); /* one spelling: lower case */
    return arena_copy(arena, (Str){hex, sizeof hex}, out);
}

Status registration_packages(const Json *body, size_t most, Str *raw, FieldErr *err)
{
    const Json *packages = NULL;
    const Status st = registration_object(body, "packages", most, &packages, raw, err);

    for (size_t i = 0; !st && packages && i < packages->as.object.len; i++)
        if (packages->as.object.members[i].value.kind != JSON_KIND_STR)
            return field_err_set(err, ST_INVALID, "packages",
                                 "packages: %.*s must be a version as a string",
                                 STR_ARG(packages->as.object.members[i].key));
    return st;
}
