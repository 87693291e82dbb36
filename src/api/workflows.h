/* SPDX-License-Identifier: Apache-2.0 */
/* What the resources below a workflow share. */
#ifndef VIREO_API_WORKFLOWS_H
#define VIREO_API_WORKFLOWS_H

#include "api/context.h"
#include "domain/workflow.h"

/* The {workflow} of the path.  False: the answer is a 404 already. */
bool find_workflow(Api *a, const Request *q, Response *r, SpaceRow *out);

#endif
