/* SPDX-License-Identifier: Apache-2.0 */
/* The schema.
 *
 * Times are nanoseconds since 1970 (BIGINT), hashes hex, JSON text.  Ids come from the
 * table `sequences` and are never given twice, so that what outlives a row (a folder
 * of segments, a log record) cannot be taken for another's.
 *
 * Counts of runs have a table of their own: they change with every flush, and the row of a
 * version may hold a megabyte of source that would be written again with them.
 * `segments`, `project_counters` and `version_runs` belong to what the store publishes: it
 * must never be refused, so they refer to nothing that could be missing. */
#include "catalog/migrate.h"

#include "os/clock.h"

static const char *const steps[] = {
    /* 1: tenants and keys */
    "CREATE TABLE sequences (name TEXT NOT NULL PRIMARY KEY, next BIGINT NOT NULL);"
    "CREATE TABLE projects ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " created_ns BIGINT NOT NULL);"
    "CREATE TABLE api_keys ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT REFERENCES projects (id)," /* NULL: every project */
    " name TEXT NOT NULL,"
    " role TEXT NOT NULL CHECK (role IN ('ingest', 'viewer', 'editor', 'admin')),"
    " prefix TEXT NOT NULL,"
    " hash TEXT NOT NULL UNIQUE,"
    " created_ns BIGINT NOT NULL,"
    " last_used_ns BIGINT);"
    "CREATE INDEX api_keys_project ON api_keys (project_id);",

    /* 2: models and their versions */
    "CREATE TABLE models ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id),"
    " name TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " UNIQUE (project_id, name));"
    "CREATE TABLE former_names ("
    " model_id BIGINT NOT NULL REFERENCES models (id),"
    " project_id BIGINT NOT NULL REFERENCES projects (id),"
    " name TEXT NOT NULL,"
    " position BIGINT NOT NULL," /* later: larger */
    " until_ns BIGINT NOT NULL,"
    " PRIMARY KEY (model_id, name));"
    "CREATE INDEX former_names_name ON former_names (project_id, name, position);"
    "CREATE TABLE versions ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " model_id BIGINT NOT NULL REFERENCES models (id),"
    " number BIGINT NOT NULL CHECK (number > 0),"
    " fingerprint TEXT NOT NULL,"
    " origin TEXT NOT NULL CHECK (origin IN ('code', 'package', 'name')),"
    " registered BIGINT NOT NULL CHECK (registered IN (0, 1)),"
    " created_ns BIGINT NOT NULL,"
    " language TEXT NOT NULL,"
    " language_version TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " git TEXT NOT NULL,"
    " output_type TEXT NOT NULL,"
    " signature TEXT NOT NULL,"
    " packages TEXT NOT NULL,"
    " dependencies TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " UNIQUE (model_id, number),"
    " UNIQUE (model_id, fingerprint));"
    "CREATE TABLE version_types ("
    " version_id BIGINT NOT NULL REFERENCES versions (id),"
    " position BIGINT NOT NULL,"
    " type TEXT NOT NULL,"
    " PRIMARY KEY (version_id, type));"
    "CREATE TABLE version_runs ("
    " version_id BIGINT NOT NULL PRIMARY KEY,"
    " runs BIGINT NOT NULL,"
    " errors BIGINT NOT NULL,"
    " first_ns BIGINT NOT NULL,"
    " last_ns BIGINT NOT NULL);",

    /* 3: what the store publishes */
    "CREATE TABLE segments ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL,"
    " store_table BIGINT NOT NULL,"
    " level BIGINT NOT NULL,"
    " row_count BIGINT NOT NULL,"
    " byte_count BIGINT NOT NULL,"
    " min_time_ns BIGINT NOT NULL,"
    " max_time_ns BIGINT NOT NULL,"
    " min_seq BIGINT NOT NULL,"
    " max_seq BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL);"
    "CREATE TABLE watermarks (name TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL);"
    "CREATE TABLE project_counters ("
    " project_id BIGINT NOT NULL PRIMARY KEY,"
    " stored BIGINT NOT NULL,"
    " rejected BIGINT NOT NULL);",

    /* 4: blobs */
    "CREATE TABLE blobs ("
    " project_id BIGINT NOT NULL REFERENCES projects (id),"
    " sha256 TEXT NOT NULL,"
    " media_type TEXT NOT NULL,"
    " byte_count BIGINT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " PRIMARY KEY (project_id, sha256));",

    /* 5: saved views */
    "CREATE TABLE views ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,"
    " page TEXT NOT NULL CHECK (page IN ('traces', 'explore')),"
    " name TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " UNIQUE (project_id, page, name));",

    /* 6: what is deleted, and how long the rest is kept.  Tombstones belong to the store, as
     * segments do; dropped projects stay listed for ever. */
    "CREATE TABLE tombstones ("
    " project_id BIGINT NOT NULL,"
    " trace_id TEXT NOT NULL," /* hex */
    " seq BIGINT NOT NULL,"
    " PRIMARY KEY (project_id, trace_id));"
    "CREATE TABLE dropped_projects ("
    " project_id BIGINT NOT NULL PRIMARY KEY,"
    " dropped_ns BIGINT NOT NULL);"
    "CREATE TABLE retention ("
    " project_id BIGINT NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,"
    " max_age_ns BIGINT,"  /* NULL: what the server says */
    " max_bytes BIGINT);", /* NULL: any */

    /* 7: lists of samples.  A space numbers the inputs that differ: a dataset is one of its own,
     * the cases of a workflow share one.  A row of sample_rows is a member of its list from one
     * version until before another (catalog/sample_list.h). */
    "CREATE TABLE sample_spaces ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id),"
    " kind TEXT NOT NULL CHECK (kind IN ('dataset', 'workflow')),"
    " name TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " tags TEXT NOT NULL,"
    " id_fields TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " next_number BIGINT NOT NULL,"
    " UNIQUE (project_id, kind, name));"
    "CREATE TABLE workflow_schemas ("
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id),"
    " version BIGINT NOT NULL,"
    " hash TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " PRIMARY KEY (space_id, version),"
    " UNIQUE (space_id, hash));"
    "CREATE TABLE sample_lists ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id),"
    " name TEXT NOT NULL," /* of a case; empty: the dataset that the space is */
    " description TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " version BIGINT NOT NULL," /* the newest; 0: nothing was ever in it */
    " sample_count BIGINT NOT NULL,"
    " next_position BIGINT NOT NULL,"
    " UNIQUE (space_id, name));"
    "CREATE INDEX sample_lists_made ON sample_lists (space_id, id);"
    "CREATE TABLE sample_inputs ("
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id),"
    " number BIGINT NOT NULL,"
    " sample_id TEXT NOT NULL,"
    " input_hash TEXT NOT NULL," /* empty: the id is the hash */
    " input TEXT NOT NULL,"
    " metadata TEXT NOT NULL," /* of all versions; workflows only */
    " PRIMARY KEY (space_id, number),"
    " UNIQUE (space_id, sample_id, input_hash));"
    "CREATE TABLE sample_rows ("
    " list_id BIGINT NOT NULL REFERENCES sample_lists (id),"
    " position BIGINT NOT NULL,"
    " from_version BIGINT NOT NULL,"
    " to_version BIGINT NOT NULL," /* the first without it; 2^63-1: none yet */
    " number BIGINT NOT NULL,"
    " content TEXT NOT NULL," /* hash of what follows */
    " expected TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " split TEXT NOT NULL,"
    " PRIMARY KEY (list_id, position, from_version));"
    "CREATE INDEX sample_rows_number ON sample_rows (list_id, number, from_version, to_version);"
    "CREATE TABLE sample_commits ("
    " list_id BIGINT NOT NULL REFERENCES sample_lists (id),"
    " version BIGINT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " author TEXT NOT NULL,"
    " message TEXT NOT NULL,"
    " added BIGINT NOT NULL,"
    " changed BIGINT NOT NULL,"
    " removed BIGINT NOT NULL,"
    " sample_count BIGINT NOT NULL,"
    " PRIMARY KEY (list_id, version));"
    "CREATE TABLE sample_stages ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " list_id BIGINT NOT NULL REFERENCES sample_lists (id),"
    " created_ns BIGINT NOT NULL,"
    " sample_count BIGINT NOT NULL);"
    "CREATE INDEX sample_stages_list ON sample_stages (list_id);"
    "CREATE TABLE stage_rows ("
    " stage_id BIGINT NOT NULL REFERENCES sample_stages (id),"
    " position BIGINT NOT NULL,"
    " number BIGINT NOT NULL,"
    " content TEXT NOT NULL,"
    " expected TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " split TEXT NOT NULL,"
    " PRIMARY KEY (stage_id, position));"
    "CREATE TABLE suites ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id),"
    " name TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " tags TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " version BIGINT NOT NULL," /* the newest; 0: no case was ever in it */
    " UNIQUE (space_id, name));"
    "CREATE TABLE suite_versions ("
    " suite_id BIGINT NOT NULL REFERENCES suites (id),"
    " version BIGINT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " author TEXT NOT NULL,"
    " message TEXT NOT NULL,"
    " PRIMARY KEY (suite_id, version));"
    "CREATE TABLE suite_cases ("
    " suite_id BIGINT NOT NULL,"
    " version BIGINT NOT NULL,"
    " position BIGINT NOT NULL,"
    " list_id BIGINT NOT NULL REFERENCES sample_lists (id),"
    " list_version BIGINT NOT NULL,"
    " PRIMARY KEY (suite_id, version, position),"
    " FOREIGN KEY (suite_id, version) REFERENCES suite_versions (suite_id, version));"
    "CREATE INDEX suite_cases_list ON suite_cases (list_id);",

    /* 8: evaluations.  What a model version inferred belongs to the sample, not to the evaluation.
     */
    "CREATE TABLE workflow_models ("
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id) ON DELETE CASCADE,"
    " version_id BIGINT NOT NULL REFERENCES versions (id),"
    " tags TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " PRIMARY KEY (space_id, version_id));"
    "CREATE INDEX workflow_models_version ON workflow_models (version_id);"
    "CREATE TABLE inferences ("
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id) ON DELETE CASCADE,"
    " version_id BIGINT NOT NULL," /* of versions; no reference: deleting one would read all */
    " number BIGINT NOT NULL,"
    " hash TEXT NOT NULL," /* of the canonical answer */
    " inference TEXT NOT NULL,"
    " error TEXT NOT NULL,"
    " trace_id TEXT NOT NULL,"
    " latency_ns BIGINT NOT NULL," /* -1: not known */
    " created_ns BIGINT NOT NULL,"
    " checks BIGINT NOT NULL," /* second runs, and how many of them differed */
    " differing BIGINT NOT NULL,"
    " PRIMARY KEY (space_id, version_id, number));"
    "CREATE TABLE evaluations ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id),"
    " version_id BIGINT NOT NULL REFERENCES versions (id),"
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id) ON DELETE CASCADE,"
    " suite_id BIGINT NOT NULL," /* 0: the dataset that the space is */
    " target_version BIGINT NOT NULL,"
    " split TEXT NOT NULL,"
    " evaluator TEXT NOT NULL,"
    " status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'failed')),"
    " message TEXT NOT NULL,"
    " done BIGINT NOT NULL," /* millionths */
    " judges TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " revision BIGINT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " updated_ns BIGINT NOT NULL,"
    " UNIQUE (space_id, suite_id, target_version, version_id, split, evaluator));"
    "CREATE INDEX evaluations_project ON evaluations (project_id, id);"
    "CREATE INDEX evaluations_version ON evaluations (version_id);"
    "CREATE INDEX evaluations_suite ON evaluations (suite_id);"
    "CREATE TABLE evaluation_configurations ("
    " evaluation_id BIGINT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,"
    " position BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " PRIMARY KEY (evaluation_id, name));"
    "CREATE TABLE evaluation_findings ("
    " evaluation_id BIGINT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL CHECK (kind IN ('metrics', 'thresholded', 'plots')),"
    " configuration TEXT NOT NULL," /* empty: none */
    " scope TEXT NOT NULL,"         /* a case; empty: the whole */
    " body TEXT NOT NULL,"
    " PRIMARY KEY (evaluation_id, kind, configuration, scope));"
    "CREATE TABLE result_parts ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL,"
    " evaluation_id BIGINT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,"
    " name TEXT NOT NULL UNIQUE," /* of the file */
    " scope TEXT NOT NULL,"
    " configuration TEXT NOT NULL,"
    " row_count BIGINT NOT NULL,"
    " byte_count BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " created_ns BIGINT NOT NULL);"
    "CREATE INDEX result_parts_evaluation ON result_parts (evaluation_id, id);"
    "CREATE TABLE quality_standards ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,"
    " name TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " updated_ns BIGINT NOT NULL,"
    " UNIQUE (project_id, name));",

    /* 9: judges, what they judge by themselves, and what people review */
    "CREATE TABLE judges ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,"
    " name TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " UNIQUE (project_id, name));"
    "CREATE TABLE former_judge_names ("
    " judge_id BIGINT NOT NULL REFERENCES judges (id) ON DELETE CASCADE,"
    " project_id BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " position BIGINT NOT NULL," /* later: larger */
    " PRIMARY KEY (judge_id, name));"
    "CREATE INDEX former_judge_names_name ON former_judge_names (project_id, name, position);"
    "CREATE TABLE judge_versions ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " judge_id BIGINT NOT NULL REFERENCES judges (id) ON DELETE CASCADE,"
    " number BIGINT NOT NULL CHECK (number > 0),"
    " fingerprint TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK (kind IN ('code', 'llm', 'person')),"
    " created_ns BIGINT NOT NULL,"
    " description TEXT NOT NULL,"
    " parameters TEXT NOT NULL,"
    " language TEXT NOT NULL,"
    " metadata TEXT NOT NULL,"
    " packages TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " definition TEXT NOT NULL,"
    " UNIQUE (judge_id, number),"
    " UNIQUE (judge_id, fingerprint));"
    "CREATE TABLE judge_rules ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,"
    " judge TEXT NOT NULL," /* a tag, or a name for its newest version */
    " query TEXT NOT NULL,"
    " sample_ppm BIGINT NOT NULL CHECK (sample_ppm BETWEEN 0 AND 1000000),"
    " enabled BIGINT NOT NULL CHECK (enabled IN (0, 1)),"
    " created_ns BIGINT NOT NULL);"
    "CREATE INDEX judge_rules_project ON judge_rules (project_id, id);"
    "CREATE TABLE review_queues ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,"
    " name TEXT NOT NULL,"
    " query TEXT NOT NULL,"
    " judge TEXT NOT NULL," /* name of a judge that is a person */
    " instructions TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL,"
    " UNIQUE (project_id, name));",

    /* 10: what is said of samples, and queues of samples */
    "CREATE TABLE sample_scores ("
    " id BIGINT NOT NULL PRIMARY KEY,"
    " space_id BIGINT NOT NULL REFERENCES sample_spaces (id) ON DELETE CASCADE,"
    " number BIGINT NOT NULL,"     /* of the sample */
    " version_id BIGINT NOT NULL," /* of the model whose answer is judged; 0: the sample itself */
    " answer TEXT NOT NULL,"       /* the hash of that answer */
    " kind TEXT NOT NULL CHECK (kind IN ('feedback', 'expectation')),"
    " name TEXT NOT NULL,"
    " judge_id BIGINT NOT NULL," /* 0: none */
    " judge_number BIGINT NOT NULL,"
    " source TEXT NOT NULL CHECK (source IN ('code', 'llm', 'person')),"
    " author TEXT NOT NULL,"
    " value TEXT NOT NULL,"                    /* JSON; empty: none */
    " passed BIGINT CHECK (passed IN (0, 1))," /* NULL: not said */
    " reason TEXT NOT NULL,"
    " expected TEXT NOT NULL," /* JSON; empty: none */
    " created_ns BIGINT NOT NULL,"
    " updated_ns BIGINT NOT NULL,"
    " UNIQUE (space_id, number, version_id, kind, name, judge_id, judge_number, author));"
    "CREATE INDEX sample_scores_space ON sample_scores (space_id, id);"
    "ALTER TABLE review_queues ADD COLUMN source TEXT NOT NULL DEFAULT 'traces'"
    " CHECK (source IN ('traces', 'dataset', 'evaluation'));"
    "ALTER TABLE review_queues ADD COLUMN source_id BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE review_queues ADD COLUMN source_version BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE review_queues ADD COLUMN split TEXT NOT NULL DEFAULT '';",

    /* 11: what was computed of result rows, and whether metadata are still those it was cut by */
    "ALTER TABLE sample_spaces ADD COLUMN metadata_revision BIGINT NOT NULL DEFAULT 0;"
    "CREATE TABLE evaluation_summaries ("
    " evaluation_id BIGINT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,"
    " other_id BIGINT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE," /* or the same */
    " about TEXT NOT NULL,"
    " revision BIGINT NOT NULL,"
    " other_revision BIGINT NOT NULL,"
    " body TEXT NOT NULL,"
    " PRIMARY KEY (evaluation_id, other_id, about));"
    "CREATE INDEX evaluation_summaries_other ON evaluation_summaries (other_id);",

    /* 12: rules of spans */
    ("ALTER TABLE judge_rules ADD COLUMN subject TEXT NOT NULL DEFAULT 'trace'"
     " CHECK (subject IN ('trace', 'span'));"),
};

enum { NEWEST = sizeof steps / sizeof steps[0] };

int catalog_newest_schema(void)
{
    return NEWEST;
}

static Status current_schema(Conn *c, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COALESCE(MAX(number), 0) FROM migrations");

    return sql_one_int(&s, out);
}

static Status apply_step(Conn *c, int64_t number)
{
    Status st = conn_exec(c, steps[number - 1]);
    Stmt s;

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO migrations (number, applied_ns) VALUES ($1, $2)");
    sql_int(&s, 1, number);
    sql_int(&s, 2, clock_now_ns());
    return sql_run(&s);
}

/* One step if one is missing.  What is missing is decided under the write lock:
 * another process may be opening the same file. */
static Status step_up(Conn *c, int target, int64_t *now)
{
    Status st = conn_exec(c, "BEGIN IMMEDIATE");

    if (st)
        return st;
    st = current_schema(c, now);
    if (!st && *now < target)
        st = apply_step(c, *now + 1);
    if (!st)
        st = conn_exec(c, "COMMIT");
    if (!sqlite3_get_autocommit(c->db))
        (void)!conn_exec(c, "ROLLBACK");
    return st;
}

/* Not to be repeated for every open: it would take the write lock of a file that another
 * process is busy with. */
static Status make_list(Conn *c)
{
    int64_t there = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'migrations'");
    Status st = sql_one_int(&s, &there);

    if (st || there)
        return st;
    return conn_exec(c, "CREATE TABLE IF NOT EXISTS migrations ("
                        "number BIGINT NOT NULL PRIMARY KEY, applied_ns BIGINT NOT NULL)");
}

Status migrate(Conn *c, int target, Err *err)
{
    int64_t now = 0;
    Status st = make_list(c);

    if (!st)
        st = current_schema(c, &now);
    while (!st && now < target)
        st = step_up(c, target, &now);
    if (st)
        return err_set(err, st, 0, "cannot bring the catalogue from schema %lld to %d: %s",
                       (long long)now, target, sqlite3_errmsg(c->db));
    if (now > NEWEST)
        return err_set(err, ST_VERSION, 0,
                       "the catalogue has schema %lld, this program knows %d: use the newer "
                       "program that wrote it, or restore a backup",
                       (long long)now, (int)NEWEST);
    return ST_OK;
}
