/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of os/ only. */
#ifndef VIREO_OS_INTERNAL_H
#define VIREO_OS_INTERNAL_H

#include "os/file.h"

/* Status of the errno of a failed call. */
Status os_status(int error);

/* Count a call of that kind; not ST_OK when a test wants it to fail. */
MUST_CHECK Status os_fault(OsFault kind);

#endif
