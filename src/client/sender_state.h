/* SPDX-License-Identifier: Apache-2.0 */
/* The sender's insides, between sender.c (when) and deliver.c (what).
 *
 *   reachable --attempt fails--> failing --patience is over--> spooling
 *       ^                           |                              |
 *       +------ an attempt succeeds, what is on disk goes first ---+
 *
 * Order of delivery: own spool, then the batch in memory, then files of ended
 * processes.  So a model's registration and a span's blobs never come after it. */
#ifndef VIREO_CLIENT_SENDER_STATE_H
#define VIREO_CLIENT_SENDER_STATE_H

#include "client/batch.h"
#include "client/client.h"
#include "client/sender.h"
#include "client/spool.h"
#include "client/transport.h"

struct Sender {
    vireo_client *client;
    Transport *transport;
    Batch batch;        /* over client->taken */
    uint64_t batch_seq; /* of its last record */
    Spool spool;
    uint64_t spooled_seq; /* of the last record written to the spool */

    int64_t due_ns;           /* when the waiting records become a batch; 0: none wait */
    int64_t retry_ns;         /* no attempt before */
    bool retry_asked;         /* the server asked for that wait */
    int64_t failing_since_ns; /* 0: the last attempt succeeded */
    unsigned failures;        /* in a row */
    unsigned broken_answers;  /* in a row, to the same parcel: status 500 and the like */
    int64_t spool_retry_ns;   /* the spool failed: no writing before */
    int64_t adopt_ns;         /* no looking for files of others before */
    bool rested;              /* nothing came during a whole batch delay */

    /* Seen under the lock at the last look. */
    bool closing;
    bool hurry; /* somebody waits for us */
    int64_t close_deadline_ns;
    size_t queue_bytes;
    bool tried_closing; /* an attempt was made since `closing` */
};

/* Attempt one delivery.  False when there is nothing to deliver. */
bool deliver_next(Sender *s, int64_t now_ns);
/* Write the batch to the spool when it is time to.  False when it was not, or failed. */
bool deliver_to_spool(Sender *s, int64_t now_ns);
/* Spool or drop the batch, for good. */
void deliver_put_away(Sender *s);

#endif
