/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a span's attributes finds the best alias of every field; then
 * the few that were found are converted.
 *
 * The table is looked up through a small hash on the stack, made once a batch:
 * most attributes are no alias and cost one probe. */
#include "otlp/normalise.h"

#include "codec/json_read.h"
#include "codec/json_scan.h"
#include "otlp/aliases.h"
#include "otlp/indexed.h"

#include <string.h>

enum { SLOTS = 512, NO_ALIAS = 0xFFFF };

typedef struct AliasIndex {
    uint16_t slots[SLOTS];
} AliasIndex;

/* What was found for each field of one span. */
typedef struct Found {
    size_t rank[ALIAS_FIELD_COUNT]; /* index in the table, lower is better */
    const Attr *attr[ALIAS_FIELD_COUNT];
    bool indexed; /* a key of alias_prefixes may be there */
} Found;

/* Length, last and middle bytes tell the keys apart well enough. */
static size_t slot_of(Str key)
{
    const unsigned char *p = (const unsigned char *)key.ptr;
    const size_t n = key.len;

    return n ? (n * 37 + (size_t)p[n - 1] * 5 + (size_t)p[n / 2] * 83 + (size_t)p[n / 3] * 11) %
                   SLOTS
             : 0;
}

static void index_init(AliasIndex *index)
{
    for (size_t i = 0; i < SLOTS; i++)
        index->slots[i] = NO_ALIAS;
    for (size_t i = 0; i < alias_count; i++) {
        size_t slot = slot_of(alias_table[i].key);

        while (index->slots[slot] != NO_ALIAS)
            slot = (slot + 1) % SLOTS;
        index->slots[slot] = (uint16_t)i;
    }
}

/* A key may feed several fields, so the whole run of slots is looked at. */
static void find_aliases(const AliasIndex *index, const Attr *attr, Found *found)
{
    for (size_t slot = slot_of(attr->key); index->slots[slot] != NO_ALIAS;
         slot = (slot + 1) % SLOTS) {
        const size_t rank = index->slots[slot];
        const Alias *alias = &alias_table[rank];

        if (!str_eq(alias->key, attr->key) || rank > found->rank[alias->field])
            continue;
        found->rank[alias->field] = rank;
        found->attr[alias->field] = attr;
    }
}

/* Keys with an index hold ".<digit>" and start as a prefix does. */
static bool maybe_indexed(Str key)
{
    for (size_t i = 0; i < alias_prefix_count; i++)
        if (str_starts(key, alias_prefixes[i].prefix))
            return true;
    return false;
}

static Status text_of(const Value *v, Arena *a, Str *out)
{
    switch (v->kind) {
    case VALUE_STR:
    case VALUE_JSON:
        *out = v->as.s;
        return ST_OK;
    case VALUE_BOOL:
        *out = v->as.b ? STR("true") : STR("false");
        return ST_OK;
    case VALUE_INT:
        return arena_printf(a, out, "%lld", (long long)v->as.i);
    case VALUE_DOUBLE:
        return arena_printf(a, out, "%.17g", v->as.d);
    default:
        return ST_OK;
    }
}

/* "\"gpt\"" to "gpt"; other text as it is. */
static Status json_string(const Value *v, Arena *a, Str *out)
{
    Str text = {0};
    JsonScan s;
    JsonEvent e;
    JsonEvent end;
    const Status st = text_of(v, a, &text);

    if (st)
        return st;
    s = json_scan(text, 1);
    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_STR || json_scan_next(&s, &end) || s.st) {
        *out = text;
        return ST_OK;
    }
    return json_unescape(&e, a, out);
}

static Status lower_case(Str s, Arena *a, Str *out)
{
    char *text = arena_alloc(a, s.len);

    if (!text)
        return ST_NOMEM;
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];

        text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    *out = (Str){text, s.len};
    return ST_OK;
}

static bool has_upper(Str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
            return true;
    return false;
}

static Status type_of(Str word, Arena *a, Str *out)
{
    word = str_trim(word);
    if (word.len == 0 || alias_type(word, out))
        return ST_OK;
    if (has_upper(word))
        return lower_case(word, a, out);
    *out = word;
    return ST_OK;
}

static Status convert_text(const Alias *alias, const Value *v, Arena *a, Str *out)
{
    Str text = {0};
    Status st;

    if (alias->convert == AS_JSON_STRING || alias->convert == AS_JSON_TYPE)
        st = json_string(v, a, &text);
    else
        st = text_of(v, a, &text);
    if (st)
        return st;
    if (alias->convert == AS_TYPE || alias->convert == AS_JSON_TYPE)
        return type_of(text, a, out);
    *out = text;
    return ST_OK;
}

/* -1 unless it is a whole number that is not negative. */
static int64_t count_of(const Value *v)
{
    int64_t n = -1;

    if (v->kind == VALUE_INT)
        n = v->as.i;
    else if (v->kind == VALUE_DOUBLE && v->as.d >= 0 && v->as.d < 9e15)
        n = (int64_t)v->as.d;
    else if (v->kind == VALUE_STR && str_to_i64(str_trim(v->as.s), &n))
        n = -1;
    return n < 0 ? -1 : n;
}

/* A member of the outermost object, as text; others are passed over, without a tree. */
static Str member_text(Str json, Str member)
{
    JsonScan s = json_scan(json, JSON_READ_DEPTH);
    JsonEvent e;
    Str text = {0};

    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_OBJECT)
        return text;
    while (json_scan_next(&s, &e) && e.kind == JSON_EVENT_KEY) {
        Str raw = {0};

        if (json_scan_skip_raw(&s, &raw))
            return (Str){0};
        if (str_eq(e.text, member))
            text = raw;
    }
    return text;
}

static int64_t member_count(Str json, Str member)
{
    const Value v = {.kind = VALUE_STR, .as.s = member_text(json, member)};
    const int64_t count = count_of(&v);
    double d = 0;

    if (count < 0 && str_to_double(v.as.s, &d) == ST_OK)
        return count_of(&(Value){.kind = VALUE_DOUBLE, .as.d = d});
    return count;
}

/* False unless it is a finite number. */
static bool amount_of(const Value *v, double *out)
{
    double d;

    if (v->kind == VALUE_INT)
        d = (double)v->as.i;
    else if (v->kind == VALUE_DOUBLE)
        d = v->as.d;
    else if (v->kind != VALUE_STR || str_to_double(str_trim(v->as.s), &d))
        return false;
    if (!(d >= -1e300 && d <= 1e300))
        return false;
    *out = d;
    return true;
}

static void apply_cost(Span *s, const Alias *alias, const Value *v)
{
    if (alias->convert == AS_AMOUNT) {
        s->has_cost = amount_of(v, &s->cost);
    } else if (v->kind == VALUE_STR || v->kind == VALUE_JSON) {
        const Value first = {VALUE_STR, {.s = member_text(v->as.s, alias->member)}};
        const Value second = {VALUE_STR, {.s = member_text(v->as.s, alias->member2)}};

        s->has_cost = amount_of(&first, &s->cost) || amount_of(&second, &s->cost);
    }
}

static int64_t convert_count(const Alias *alias, const Value *v)
{
    int64_t count;

    if (alias->convert == AS_COUNT)
        return count_of(v);
    if (v->kind != VALUE_STR && v->kind != VALUE_JSON)
        return -1;
    count = member_count(v->as.s, alias->member);
    return count < 0 ? member_count(v->as.s, alias->member2) : count;
}

/* "name:v3" to name and 3; anything else is a name alone. */
static void apply_model_tag(Span *s, Str tag)
{
    for (size_t i = tag.len; i-- > 0;) {
        uint64_t version = 0;

        if (tag.ptr[i] != ':')
            continue;
        if (tag.len - i > 2 && tag.ptr[i + 1] == 'v' &&
            str_to_u64(str_slice(tag, i + 2, tag.len), &version) == ST_OK && version > 0 &&
            version <= INT32_MAX) {
            s->model = str_slice(tag, 0, i);
            s->model_version = (int32_t)version;
            return;
        }
        break;
    }
    if (s->model.len == 0)
        s->model = tag;
}

/* Text fields by place; the others are handled by name. */
static Str *text_field(Span *s, AliasField field)
{
    switch (field) {
    case ALIAS_TYPE:
        return &s->type;
    case ALIAS_MODEL:
        return &s->model;
    case ALIAS_FINGERPRINT:
        return &s->fingerprint;
    case ALIAS_SESSION:
        return &s->session;
    case ALIAS_USER:
        return &s->user;
    case ALIAS_INPUT:
        return &s->input;
    case ALIAS_OUTPUT:
        return &s->output;
    case ALIAS_LLM_MODEL:
        return &s->llm_model;
    case ALIAS_LLM_PROVIDER:
        return &s->llm_provider;
    case ALIAS_ERROR_TYPE:
        return &s->error_type;
    default:
        return NULL;
    }
}

/* The store keeps a verbatim input once, as the attribute that it is. */
static void remember_key(Span *s, AliasField field, const Attr *attr)
{
    if (attr->value.kind != VALUE_STR)
        return;
    if (field == ALIAS_INPUT)
        s->input_key = attr->key;
    else if (field == ALIAS_OUTPUT)
        s->output_key = attr->key;
}

static Status apply(Span *s, const Alias *alias, const Attr *attr, Arena *a)
{
    Str *const field = text_field(s, alias->field);
    Str tag = {0};
    Status st = ST_OK;

    if (field) {
        st = convert_text(alias, &attr->value, a, field);
        remember_key(s, alias->field, attr);
    } else if (alias->field == ALIAS_INPUT_TOKENS) {
        s->usage.input_tokens = convert_count(alias, &attr->value);
    } else if (alias->field == ALIAS_OUTPUT_TOKENS) {
        s->usage.output_tokens = convert_count(alias, &attr->value);
    } else if (alias->field == ALIAS_COST) {
        apply_cost(s, alias, &attr->value);
    } else if (alias->field == ALIAS_MODEL_TAG) {
        st = convert_text(alias, &attr->value, a, &tag);
        if (!st && tag.len)
            apply_model_tag(s, tag);
    }
    return st;
}

static Status apply_found(Span *s, const Found *found, Arena *a)
{
    for (size_t field = 0; field < ALIAS_FIELD_COUNT; field++) {
        Status st;

        if (!found->attr[field])
            continue;
        st = apply(s, &alias_table[found->rank[field]], found->attr[field], a);
        if (st)
            return st;
    }
    return ST_OK;
}

static Status apply_indexed(Span *s, Arena *a)
{
    for (size_t i = 0; i < alias_prefix_count; i++) {
        Str *const field = text_field(s, alias_prefixes[i].field);
        Status st;

        if (field->len)
            continue;
        st =
            indexed_messages(s->attrs, alias_prefixes[i].prefix, alias_prefixes[i].strip, a, field);
        if (st)
            return st;
    }
    return ST_OK;
}

/* ----------------------------------------------------------------- errors */

static Status take_exception_attributes(JsonScan *scan, Span *s, Arena *a)
{
    JsonEvent e;

    while (json_scan_next(scan, &e) && e.kind == JSON_EVENT_KEY) {
        Str *field = NULL;
        JsonEvent value;
        JsonScan at_value;
        Status st;

        if (str_eq(e.text, STR("exception.type")))
            field = &s->error_type;
        else if (str_eq(e.text, STR("exception.message")))
            field = &s->error_message;
        at_value = *scan;
        if (field && json_scan_next(&at_value, &value) && value.kind == JSON_EVENT_STR) {
            st = json_unescape(&value, a, field);
            if (st)
                return st;
        }
        if (json_scan_skip(scan))
            return ST_CORRUPT;
    }
    return scan->st;
}

/* One event object: "name" comes before "attributes" in what the decoders
 * write; a store that read it back keeps the order. */
static Status take_event(JsonScan *scan, Span *s, Arena *a, bool *exception)
{
    JsonEvent e;

    while (json_scan_next(scan, &e) && e.kind == JSON_EVENT_KEY) {
        Str raw = {0};
        JsonScan attributes = *scan;
        JsonEvent open;

        if (json_scan_skip_raw(scan, &raw))
            return ST_CORRUPT;
        if (str_eq(e.text, STR("name"))) {
            *exception = str_eq(raw, STR("\"exception\""));
        } else if (*exception && str_eq(e.text, STR("attributes"))) {
            if (json_scan_next(&attributes, &open) && open.kind == JSON_EVENT_OBJECT)
                return take_exception_attributes(&attributes, s, a);
        }
    }
    return scan->st;
}

/* Type and message of the first exception event. */
static Status take_exception(Span *s, Arena *a)
{
    JsonScan scan = json_scan(s->events_json, JSON_MAX_DEPTH);
    JsonEvent e;

    if (str_find(s->events_json, STR("\"exception\"")) == s->events_json.len)
        return ST_OK;
    if (!json_scan_next(&scan, &e) || e.kind != JSON_EVENT_ARRAY)
        return ST_OK;
    while (json_scan_next(&scan, &e) && e.kind == JSON_EVENT_OBJECT) {
        bool exception = false;
        const Status st = take_event(&scan, s, a, &exception);

        if (st || exception)
            return st == ST_CORRUPT || st == ST_LIMIT ? ST_OK : st;
    }
    return ST_OK;
}

static void default_type(Span *s)
{
    if (s->type.len)
        return;
    if (s->model.len || s->fingerprint.len)
        s->type = STR("model");
    else if (s->llm_model.len)
        s->type = STR("llm");
    else
        s->type = STR("span");
}

static void reset(Span *s)
{
    const Str none = {0};

    for (size_t field = 0; field < ALIAS_FIELD_COUNT; field++)
        if (text_field(s, (AliasField)field))
            *text_field(s, (AliasField)field) = none;
    s->input_key = none;
    s->output_key = none;
    s->error_message = none;
    s->model_version = 0;
    s->usage = (Usage){-1, -1};
    s->has_cost = false;
    s->cost = 0;
}

static Status normalise_span(const AliasIndex *index, Span *s, Arena *a)
{
    Found found = {0};
    Status st;

    for (size_t field = 0; field < ALIAS_FIELD_COUNT; field++)
        found.rank[field] = NO_ALIAS;
    reset(s);
    for (size_t i = 0; i < s->attrs.len; i++) {
        find_aliases(index, &s->attrs.items[i], &found);
        found.indexed = found.indexed || maybe_indexed(s->attrs.items[i].key);
    }
    st = apply_found(s, &found, a);
    if (!st && found.indexed)
        st = apply_indexed(s, a);
    if (!st && s->events_json.len)
        st = take_exception(s, a);
    if (st)
        return st;
    if (s->error_message.len == 0 && s->status == SPAN_ERROR)
        s->error_message = s->status_message;
    default_type(s);
    return ST_OK;
}

/* Did the arena's limit forbid what this span needed?  Then sending it again
 * would not help, which is what callers must tell apart. */
static bool too_big(const Span *s, const Arena *a)
{
    const size_t left = a->limit - a->used;
    size_t bytes = 4096 + s->events_json.len;

    for (size_t i = 0; i < s->attrs.len; i++) {
        const Value *v = &s->attrs.items[i].value;

        bytes += s->attrs.items[i].key.len;
        if (v->kind == VALUE_STR || v->kind == VALUE_JSON || v->kind == VALUE_BYTES)
            bytes += v->as.s.len;
    }
    return left / 6 < bytes; /* JSON is at most six times its source */
}

Status otlp_normalise(SpanBatch batch, Arena *a)
{
    AliasIndex index;

    index_init(&index);
    for (size_t i = 0; i < batch.len; i++) {
        const Status st = normalise_span(&index, &batch.spans[i], a);

        if (st == ST_NOMEM && too_big(&batch.spans[i], a))
            return ST_LIMIT;
        if (st)
            return st;
    }
    return ST_OK;
}

size_t span_preview(Str s, char out[PREVIEW_MAX_BYTES])
{
    const Str clipped = utf8_clip(s, PREVIEW_MAX_BYTES);

    for (size_t i = 0; i < clipped.len; i++)
        out[i] = (char)((unsigned char)clipped.ptr[i] < ' ' ? ' ' : clipped.ptr[i]);
    return clipped.len;
}
