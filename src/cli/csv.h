/* SPDX-License-Identifier: Apache-2.0 */
/* CSV as RFC 4180 has it, but for lines that end in \n.
 *
 * A missing value is an empty cell, an empty text is "".  U+0000 becomes U+FFFD,
 * since many readers end a cell there. */
#ifndef VIREO_CLI_CSV_H
#define VIREO_CLI_CSV_H

#include "base/buf.h"
#include "codec/json_read.h"

typedef struct CsvWriter {
    Buf *out;
    /* Texts that a spreadsheet would take for a formula get a ' before them: what users of a
     * traced program typed must not run on the reader's machine. */
    bool spreadsheet;
    bool started; /* the line has a cell */
    Status st;    /* sticky */
} CsvWriter;

CsvWriter csv_init(Buf *out, bool spreadsheet);
void csv_text(CsvWriter *w, Str text);
/* NULL and null: missing.  Lists and objects are written as JSON. */
void csv_json(CsvWriter *w, const Json *value);
void csv_end_line(CsvWriter *w);

#endif
