/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of its corpus, so that ordinary builds
 * and sanitizer builds replay every input that once mattered. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(1 << 24);
    size_t size;

    if (!f || !data) {
        perror(path);
        free(data);
        return 1;
    }
    size = fread(data, 1, 1 << 24, f);
    (void)fclose(f);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    int replayed = 0;
    char path[4096];
    const struct dirent *entry;
    DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;

    if (!dir) {
        (void)fprintf(stderr, "usage: %s CORPUS_FOLDER (which must exist)\n", argv[0]);
        return 2;
    }
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (replay(path))
            return 1;
        replayed++;
    }
    (void)closedir(dir);
    (void)printf("%d inputs replayed\n", replayed);
    return replayed == 0;
}
