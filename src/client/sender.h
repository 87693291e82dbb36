/* SPDX-License-Identifier: Apache-2.0 */
/* Sender: the thread of a client that frames, delivers and spools.
 *
 *   sender_new -> sender_run (returns when the client closes) -> sender_free
 *             \-> sender_forget: in the child of a fork, where the thread is gone */
#ifndef VIREO_CLIENT_SENDER_H
#define VIREO_CLIENT_SENDER_H

#include "client/client.h"

/* NULL when memory is out. */
Sender *sender_new(vireo_client *c);
/* A thread's main function; also run by vireo_close() when there is no thread. */
void sender_run(void *sender);
void sender_free(Sender *s);
/* Close the files and sockets that are the parent's, keep everything else as
 * it is: it was in use when the fork happened and cannot be trusted. */
void sender_forget(Sender *s);

#endif
