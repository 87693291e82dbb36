/* SPDX-License-Identifier: Apache-2.0 */
/* See junit.h.  Characters that XML cannot hold become U+FFFD. */
#include "cli/junit.h"

#include "base/buf.h"
#include "os/file.h"

enum { JUNIT_MAX = 64 << 20 };

static Status append_escaped(Buf *out, Str text)
{
    Status st = ST_OK;

    for (size_t i = 0; i < text.len && !st; i++) {
        const char c = text.ptr[i];

        if (c == '&')
            st = buf_append(out, STR("&amp;"));
        else if (c == '<')
            st = buf_append(out, STR("&lt;"));
        else if (c == '>')
            st = buf_append(out, STR("&gt;"));
        else if (c == '"')
            st = buf_append(out, STR("&quot;"));
        else if ((unsigned char)c < ' ')
            st = buf_append(out, c == '\n' || c == '\t' ? STR(" ") : STR("\xef\xbf\xbd"));
        else
            st = buf_append_char(out, c);
    }
    return st;
}

static Status append_attribute(Buf *out, const char *name, Str value)
{
    Status st = buf_printf(out, " %s=\"", name);

    if (!st)
        st = append_escaped(out, value);
    return st ? st : buf_append_char(out, '"');
}

static Status append_case(Buf *out, const JunitCase *c)
{
    Status st = buf_append(out, STR("  <testcase"));

    if (!st)
        st = append_attribute(out, "classname", c->group);
    if (!st)
        st = append_attribute(out, "name", c->name);
    if (st || !c->failure.len)
        return st ? st : buf_append(out, STR("/>\n"));
    st = buf_append(out, STR(">\n    <failure"));
    if (!st)
        st = append_attribute(out, "message", c->failure);
    return st ? st : buf_append(out, STR("/>\n  </testcase>\n"));
}

static Status write_all(Buf *out, Str suite, const JunitCase *cases, size_t count)
{
    size_t failures = 0;
    Status st;

    for (size_t i = 0; i < count; i++)
        failures += cases[i].failure.len > 0;
    st = buf_append(out,
                    STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite"));
    if (!st)
        st = append_attribute(out, "name", suite);
    if (!st)
        st = buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n", count,
                        failures);
    for (size_t i = 0; i < count && !st; i++)
        st = append_case(out, &cases[i]);
    return st ? st : buf_append(out, STR("</testsuite>\n</testsuites>\n"));
}

Status junit_write(const char *path, Str suite, const JunitCase *cases, size_t count)
{
    Buf out;
    Status st;

    buf_init(&out, JUNIT_MAX);
    st = write_all(&out, suite, cases, count);
    if (!st)
        st = file_replace(path, buf_str(&out));
    buf_deinit(&out);
    return st;
}
