/* SPDX-License-Identifier: Apache-2.0 */
#include "client/parcel.h"

uint64_t parcel_records(const Parcel *p)
{
    return p->kind == PARCEL_SPANS || p->kind == PARCEL_SCORES ? p->count : 1;
}
