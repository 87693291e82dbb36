/* SPDX-License-Identifier: Apache-2.0 */
/* vireo dataset import NAME FILE: rows become samples, in one commit.
 *
 * What fits into one request is one; the rest is staged in parts of some megabytes, so that a
 * file of any size takes the memory of a part. */
#include "cli/dataset.h"
#include "cli/table_in.h"
#include "codec/json_write.h"

enum { PART_BYTES = 8 << 20, PART_MAX = 80 << 20, PART_ROWS = 20000 };

typedef struct ImportOptions {
    RemoteOptions remote;
    Str input, expected, metadata, split, id;
    Str message;
    bool replace;
} ImportOptions;

#define FIELD(name) offsetof(ImportOptions, name)

static const Option options[] = {
    REMOTE_OPTIONS(ImportOptions),
    {"input", "COLUMNS", OPTION_STR, FIELD(input), NULL,
     "one column, or several, which become an object [those that are nothing else]"},
    {"expected", "COLUMNS", OPTION_STR, FIELD(expected), NULL, "the ground truth"},
    {"metadata", "COLUMNS", OPTION_STR, FIELD(metadata), NULL, "members of the metadata"},
    {"split", "COLUMN", OPTION_STR, FIELD(split), NULL, "train, test ..."},
    {"id", "COLUMN", OPTION_STR, FIELD(id), NULL, "the sample's id [a hash of its input]"},
    {"message", "TEXT", OPTION_STR, FIELD(message), NULL, "what to say of the commit"},
    {"replace", NULL, OPTION_BOOL, FIELD(replace), NULL, "remove samples that the file has not"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

typedef struct Import {
    Cli *cli;
    const ImportOptions *o;
    Str name;
    bool by_name; /* no column was named: those called as parts of a sample are these parts */
    Buf part;     /* "[{...},{...}" */
    size_t rows;  /* in it */
    int64_t stage;
} Import;

/* ------------------------------------------------------------ requests */

static bool send(Import *im, const char *rest, Str body, const Json **out)
{
    RemoteCall call = {.method = "POST", .body = body};
    RemoteAnswer answer;
    Err err = {0};

    if (!remote_project_path(im->cli, &im->o->remote, &call.path, "/datasets/", im->name, rest) ||
        !remote_ok(im->cli, &im->o->remote, &call, &answer))
        return false;
    return json_parse(answer.body, &im->cli->arena, out, &err) == ST_OK;
}

static bool make_dataset(Import *im)
{
    const RemoteField field = {"name", im->name};
    RemoteOptions quiet = im->o->remote;
    RemoteCall call = {.method = "POST"};
    const Json *made;

    quiet.json = false;
    return remote_project_path(im->cli, &quiet, &call.path, "/datasets", (Str){0}, "") &&
           remote_send(im->cli, &quiet, call, &field, 1, &made);
}

static bool open_stage(Import *im)
{
    const Json *answer = NULL;

    if (!send(im, "/stages", STR("{}"), &answer))
        return false;
    (void)!json_field_int(answer, STR("stage"), JSON_REQUIRED, &im->stage, NULL);
    return im->stage > 0;
}

/* What was staged of an import that failed is of no use; that it goes is not promised. */
static void drop_stage(Import *im)
{
    RemoteCall call = {.method = "DELETE"};
    RemoteAnswer answer;
    char rest[64];

    (void)snprintf(rest, sizeof rest, "/stages/%lld", (long long)im->stage);
    if (remote_project_path(im->cli, &im->o->remote, &call.path, "/datasets/", im->name, rest))
        (void)!remote_call(&im->o->remote, &call, &im->cli->arena, &answer, NULL);
}

/* What is collected goes to the stage. */
static Status stage_part(Import *im)
{
    const Json *answer = NULL;
    Buf body;
    char rest[64];
    Status st;

    if (!im->stage && !open_stage(im))
        return ST_CLOSED;
    (void)snprintf(rest, sizeof rest, "/stages/%lld", (long long)im->stage);
    buf_init(&body, PART_MAX);
    st = buf_printf(&body, "{\"samples\":");
    if (!st)
        st = buf_append(&body, buf_str(&im->part));
    if (!st)
        st = buf_append(&body, STR("]}"));
    if (!st && !send(im, rest, buf_str(&body), &answer))
        st = ST_CLOSED; /* it was told why */
    buf_clear(&im->part);
    im->rows = 0;
    buf_deinit(&body);
    return st;
}

/* ------------------------------------------------------------ a row to a sample */

/* The last column of the name; row->count: there is none. */
static size_t find_column(const TableRow *row, Str name)
{
    for (size_t i = row->count; i-- > 0;)
        if (str_eq(row->names[i], name))
            return i;
    return row->count;
}

static const Str *find_cell(const TableRow *row, Str name)
{
    const size_t column = find_column(row, name);

    return column < row->count ? &row->cells[column] : NULL;
}

static bool is_listed(Str list, Str name)
{
    Str head;

    while (list.len) {
        (void)str_cut(list, ',', &head, &list);
        if (str_eq(str_trim(head), name))
            return true;
    }
    return false;
}

static void write_cell(JsonWriter *w, Str cell)
{
    jw_raw(w, cell.len ? cell : STR("null"));
}

/* One column's value, or an object of several. */
static Status write_columns(JsonWriter *w, const TableRow *row, Str list, bool as_object, Err *err)
{
    const bool one = !as_object && str_find_char(list, ',') == list.len;
    Str head;

    if (!one)
        jw_object(w);
    while (list.len) {
        const Str *cell;

        (void)str_cut(list, ',', &head, &list);
        cell = find_cell(row, str_trim(head));
        if (!cell)
            return err_set(err, ST_INVALID, 0, "row %zu: there is no column \"%.*s\"", row->number,
                           STR_ARG(str_trim(head)));
        if (!one)
            jw_key(w, str_trim(head));
        write_cell(w, *cell);
    }
    if (!one)
        jw_object_end(w);
    return ST_OK;
}

/* Everything that no option names. */
static void write_rest(JsonWriter *w, const TableRow *row, const ImportOptions *o)
{
    jw_object(w);
    for (size_t i = 0; i < row->count; i++) {
        const Str name = row->names[i];

        if (is_listed(o->expected, name) || is_listed(o->metadata, name) ||
            str_eq(o->split, name) || str_eq(o->id, name))
            continue;
        jw_key(w, name);
        write_cell(w, row->cells[i]);
    }
    jw_object_end(w);
}

/* The split and the id are texts, whatever the file's type. */
static void write_text(JsonWriter *w, Str key, const Str *cell)
{
    if (!cell || !cell->len)
        return;
    if (cell->ptr[0] == '"')
        jw_key_raw(w, key, *cell);
    else
        jw_key_str(w, key, *cell);
}

static Status write_by_name(JsonWriter *w, const TableRow *row)
{
    static const char *const parts[] = {"input", "expected", "metadata"};

    if (find_column(row, STR("input")) == row->count) {
        jw_key(w, STR("input"));
        write_rest(w, row, &(ImportOptions){0});
        return ST_OK;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const Str *cell = find_cell(row, str_from(parts[i]));

        if (cell && (cell->len || i == 0)) {
            jw_key(w, str_from(parts[i]));
            write_cell(w, *cell);
        }
    }
    write_text(w, STR("split"), find_cell(row, STR("split")));
    write_text(w, STR("id"), find_cell(row, STR("id")));
    return ST_OK;
}

static Status write_by_options(JsonWriter *w, const TableRow *row, const ImportOptions *o, Err *err)
{
    Status st = ST_OK;

    jw_key(w, STR("input"));
    if (o->input.len)
        st = write_columns(w, row, o->input, false, err);
    else
        write_rest(w, row, o);
    if (!st && o->expected.len) {
        jw_key(w, STR("expected"));
        st = write_columns(w, row, o->expected, false, err);
    }
    if (!st && o->metadata.len) {
        jw_key(w, STR("metadata"));
        st = write_columns(w, row, o->metadata, true, err);
    }
    if (st)
        return st;
    if ((o->split.len && !find_cell(row, o->split)) || (o->id.len && !find_cell(row, o->id)))
        return err_set(err, ST_INVALID, 0, "row %zu: there is no column \"%.*s\"", row->number,
                       STR_ARG(o->split.len && !find_cell(row, o->split) ? o->split : o->id));
    if (o->split.len)
        write_text(w, STR("split"), find_cell(row, o->split));
    if (o->id.len)
        write_text(w, STR("id"), find_cell(row, o->id));
    return ST_OK;
}

static Status add_row(void *visitor, const TableRow *row, Err *err)
{
    Import *im = visitor;
    JsonWriter w;
    Status st = ST_OK;

    if (im->rows == PART_ROWS || im->part.len > PART_BYTES)
        st = stage_part(im);
    if (!st)
        st = buf_append_char(&im->part, im->rows ? ',' : '[');
    if (st)
        return st;
    im->rows++;
    w = jw_init(&im->part);
    jw_object(&w);
    st = im->by_name ? write_by_name(&w, row) : write_by_options(&w, row, im->o, err);
    jw_object_end(&w);
    return st ? st : jw_done(&w);
}

/* ------------------------------------------------------------ the commit */

static Status write_commit(const Import *im, Buf *out)
{
    JsonWriter w = jw_init(out);

    jw_object(&w);
    jw_key_str(&w, STR("mode"), im->o->replace ? STR("replace") : STR("upsert"));
    jw_key_str_or_null(&w, STR("message"), im->o->message);
    if (im->stage)
        jw_key_int(&w, STR("stage"), im->stage);
    jw_key(&w, STR("samples"));
    jw_raw(&w, im->rows ? buf_str(&im->part) : STR("["));
    if (w.st)
        return w.st;
    return buf_append(out, STR("]}"));
}

static int commit(Import *im)
{
    const Json *answer = NULL;
    Buf body;
    int code = EXIT_FAILED;

    buf_init(&body, PART_MAX);
    if (write_commit(im, &body) != ST_OK)
        cli_error(im->cli, "the rows are too large");
    else if (send(im, "/commits", buf_str(&body), &answer))
        code = EXIT_DONE;
    buf_deinit(&body);
    if (code == EXIT_DONE && im->o->remote.json)
        cli_print(im->cli, "%.*s\n", STR_ARG(answer->raw));
    else if (code == EXIT_DONE)
        cli_print(im->cli, "%.*s: %.*s added, %.*s changed, %.*s removed, %.*s unchanged\n",
                  STR_ARG(json_shown(answer, "tag")), STR_ARG(json_shown(answer, "added")),
                  STR_ARG(json_shown(answer, "changed")), STR_ARG(json_shown(answer, "removed")),
                  STR_ARG(json_shown(answer, "unchanged")));
    return code;
}

static int import_file(Import *im, const char *path)
{
    Err err = {0};
    const Status st = table_read(path, add_row, im, &err);

    if (!st)
        return commit(im);
    if (st != ST_CLOSED)
        cli_error(im->cli, "%s: %s", path, err.msg[0] ? err.msg : status_text(st));
    return EXIT_FAILED;
}

int dataset_import_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"dataset import", "NAME FILE",
                       "Put the rows of a file (.csv .tsv .jsonl .ndjson .parquet) into a dataset, "
                       "made if there is none,\nin one commit. Without --input ... --id, columns "
                       "with these names are these parts; else the row is the input.",
                       NULL};
    ImportOptions o;
    Import im = {.cli = cli, .o = &o};
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 2 || !table_known(str_from(args.items[1]))) {
        cli_error(cli, "dataset import takes a name and a .csv, .tsv, .jsonl, .ndjson or .parquet");
        return EXIT_USAGE;
    }
    im.name = str_from(args.items[0]);
    im.by_name = !o.input.len && !o.expected.len && !o.metadata.len && !o.split.len && !o.id.len;
    if (!make_dataset(&im))
        return EXIT_FAILED;
    buf_init(&im.part, PART_MAX);
    code = import_file(&im, args.items[1]);
    if (code != EXIT_DONE && im.stage)
        drop_stage(&im);
    buf_deinit(&im.part);
    return code;
}
