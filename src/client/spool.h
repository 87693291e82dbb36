/* SPDX-License-Identifier: Apache-2.0 */
/* Spool: parcels on disk while the server is away.
 *
 * One folder for each url and project, files <pid>-<n>.spool; `n` grows with
 * time.  Whoever writes or delivers a file holds its lock, so a file without a
 * lock belongs to a process that has ended, and anybody may adopt it.
 *
 *   x.new --written header, locked, renamed--> x.spool (own) --all delivered--> removed
 *                          owner ended: x.spool (orphan) --adopted, delivered--> removed
 *   damaged bytes are copied to x.bad and left for a person
 *
 * A file that was delivered in part when its process died is delivered again
 * from its start: the server drops doubled spans by id.
 *
 * Used by one thread (the sender).  Appending and reading cost one write and two
 * reads a record.  Nothing on disk is touched before the first use. */
#ifndef VIREO_CLIENT_SPOOL_H
#define VIREO_CLIENT_SPOOL_H

#include "base/buf.h"
#include "client/fd_list.h"
#include "client/settings.h"
#include "client/spool_record.h"
#include "os/file.h"

enum { SPOOL_FILES_MAX = 64, SPOOL_NAME_MAX = 64 };

typedef struct SpoolFile {
    File file;
    char name[SPOOL_NAME_MAX];
    uint64_t size;
    uint64_t offset; /* delivered up to here */
    uint64_t next;   /* behind the record that spool_peek() gave */
} SpoolFile;

/* Which file a call is about. */
typedef enum SpoolSource { SPOOL_OWN, SPOOL_ORPHAN } SpoolSource;

typedef struct Spool {
    const Settings *settings;
    SpoolFile own[SPOOL_FILES_MAX]; /* oldest first; the last is appended to */
    size_t own_count;
    SpoolFile orphan; /* file.fd -1: none */
    FdList fds;
    Buf record;       /* what spool_peek() gave */
    uint64_t last_n;  /* of the last file made */
    uint64_t bytes;   /* on disk in the folder, as far as known */
    uint64_t rotate;  /* a new file from this size on */
    bool scanned;     /* `bytes` was counted once */
    uint64_t damaged; /* records found unreadable; the caller takes and zeroes it */
} Spool;

void spool_init(Spool *sp, const Settings *s);
/* Sync and close; what is not delivered stays for the next process. */
void spool_deinit(Spool *sp);

/* Append one parcel whole or not at all.  ST_FULL: the limit or the disk. */
MUST_CHECK Status spool_append(Spool *sp, const Parcel *p);
/* Is there something of our own to deliver? */
bool spool_pending(const Spool *sp);
/* The oldest record of the source, valid until the next call; ST_NOTFOUND when
 * there is none.  Damaged records are set aside and counted. */
MUST_CHECK Status spool_peek(Spool *sp, SpoolSource source, Parcel *out);
/* The record that was given is settled. */
void spool_advance(Spool *sp, SpoolSource source);
/* Look for a file whose process has ended and take it; false when there is none. */
bool spool_adopt(Spool *sp);

#endif
