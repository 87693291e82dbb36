/* SPDX-License-Identifier: Apache-2.0 */
/* Plots that an evaluator made of a case: checked when they come, so that whoever draws them need
 * not.
 *
 *   curve             title, x_label, y_label, curves: [{x, y, label?, extra?}], x_config?,
 * y_config? histogram         title, x_label, y_label, buckets (one more than frequency),
 * frequency, labels? bar               title, x_label, y_label, labels, values confusion matrix
 * title, labels, matrix (rows are the actual classes), x_label?, y_label?
 *
 * The kind is the member data_type, "PLOT/CURVE" ... */
#ifndef VIREO_DOMAIN_PLOT_H
#define VIREO_DOMAIN_PLOT_H

#include "codec/json_read.h"
#include "domain/domain.h"

/* ST_INVALID: `where` is put before the field that is wrong ("plots.rain[0]"). */
MUST_CHECK Status plot_check(const Json *plot, const char *where, FieldErr *err);

#endif
