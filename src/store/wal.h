/* SPDX-License-Identifier: Apache-2.0 */
/* Write-ahead log: files wal/<first seq>.log and the thread that writes them.
 *
 * Group commit: appenders queue an entry and sleep; one thread takes all that
 * wait, writes them with one call and one fdatasync, hands them over
 * (`committed`) and wakes their owners.  A group fails as a whole: the file is
 * cut back to its last good end, or given up for a new one whose header says
 * which records of the old one count.  After a failed sync the old descriptor
 * is never trusted again.  Sequence numbers are never used twice, so a failed
 * group leaves a gap. */
#ifndef VIREO_STORE_WAL_H
#define VIREO_STORE_WAL_H

#include "store/record.h"

typedef struct Wal Wal;
typedef struct WalEntry WalEntry;

/* One append; lives on the appender's stack until wal_append() returns. */
struct WalEntry {
    LogRecord record; /* all but seq set by the appender */
    void *item;       /* the caller's */
    /* the log's own: */
    WalEntry *next;
    Status st;
    bool done;
    char header[LOG_RECORD_HEADER_BYTES];
};

typedef struct WalOptions {
    const char *dir;   /* exists */
    uint64_t last_seq; /* greatest in use so far */
    uint64_t good_seq; /* greatest that counts: older files' records above it are refused */
    /* Called by the log's thread.  `prepare` once an entry has its seq, before
     * it is written; `committed` with a durable group in order of seq.  Neither may fail. */
    void (*prepare)(void *context, WalEntry *entry);
    void (*committed)(void *context, WalEntry *group);
    void *context;
} WalOptions;

/* Starts the thread.  The first file is made by the first append. */
MUST_CHECK Status wal_open(const WalOptions *options, Wal **out);
/* Write what waits, stop.  NULL is allowed. */
void wal_close(Wal *w);

/* Take over a file of an earlier run, in order of seq.  `last_seq` is of its
 * last record, 0: none.  Files with `keep` are not removed in this run. */
MUST_CHECK Status wal_adopt(Wal *w, uint64_t first_seq, uint64_t last_seq, uint64_t bytes,
                            bool keep);

/* Blocks until the entry is durable (ST_OK) or refused. */
MUST_CHECK Status wal_append(Wal *w, WalEntry *entry);
/* Does the disk make appends wait, so that compressing records pays?  See log_pace.h. */
bool wal_is_slow(const Wal *w);
/* Let the next group begin a new file. */
void wal_rotate(Wal *w);
/* Remove the files whose records all have seq <= `seq`. */
void wal_release(Wal *w, uint64_t seq);

typedef struct WalStats {
    uint64_t bytes, files, appended, fsyncs;
} WalStats;
void wal_stats(Wal *w, WalStats *out);

/* Visit the files in order of seq; `bytes` is what is durable of each. */
MUST_CHECK Status wal_each_file(Wal *w,
                                Status (*visit)(void *visitor, const char *path, uint64_t bytes,
                                                bool last),
                                void *visitor);

/* Path of a log file, NUL-terminated in the arena. */
MUST_CHECK Status wal_path(Arena *a, const char *dir, uint64_t first_seq, const char **out);
/* False when the name is none of a log file. */
bool wal_name_seq(Str name, uint64_t *first_seq);

#endif
