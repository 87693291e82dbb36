CREATE TABLE api_keys ( id BIGINT NOT NULL PRIMARY KEY, project_id BIGINT REFERENCES projects (id), name TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('ingest', 'viewer', 'editor', 'admin')), prefix TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, created_ns BIGINT NOT NULL, last_used_ns BIGINT);
CREATE INDEX api_keys_project ON api_keys (project_id);
CREATE TABLE migrations (number BIGINT NOT NULL PRIMARY KEY, applied_ns BIGINT NOT NULL);
CREATE TABLE projects ( id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_ns BIGINT NOT NULL);
CREATE TABLE sequences (name TEXT NOT NULL PRIMARY KEY, next BIGINT NOT NULL);
