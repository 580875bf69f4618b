/*
 * What stands between libAFLDriver and the entry points of the target, which are made for libFuzzer. Linked with --wrap, so that a call
 * of LLVMFuzzerInitialize or LLVMFuzzerTestOneInput ends here first.
 *
 * The .NET runtime has threads, which a fork does not take along: it starts in the child, with the first input.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int __real_LLVMFuzzerInitialize(int *argc, char ***argv);
int __real_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);

extern uint8_t *__afl_area_ptr;

/* What afl-fuzz shall know of before it forks: how many counters there are, and where in its map each has its place. */
static uint32_t places[FUZZING_COUNTERS];

enum { MOST_REGIONS = 8 };
static struct region { uint8_t *start, *end; } regions[MOST_REGIONS];
static size_t region_count;

static int argument_count;
static char **arguments;

/* Where the constructors of instrumented C code have their place: before AFL++ maps the counters. */
__attribute__((constructor(2))) static void tell_size(void) {
  __sanitizer_cov_trace_pc_guard_init(places, places + FUZZING_COUNTERS);
}

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *end) {
  if (region_count < MOST_REGIONS)
    regions[region_count++] = (struct region){start, end};
}

void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *end) { (void)start, (void)end; }

int __wrap_LLVMFuzzerInitialize(int *argc, char ***argv) {
  argument_count = *argc;
  arguments = *argv;
  return 0;
}

static void to_map(void) {
  size_t next = 0;
  for (size_t i = 0; i < region_count; i++)
    for (uint8_t *counter = regions[i].start; counter < regions[i].end && next < FUZZING_COUNTERS; counter++, next++)
      if (*counter != 0)
        __afl_area_ptr[places[next]] = *counter;
}

int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (region_count == 0)
    __real_LLVMFuzzerInitialize(&argument_count, &arguments);
  for (size_t i = 0; i < region_count; i++)
    memset(regions[i].start, 0, regions[i].end - regions[i].start);
  int result = __real_LLVMFuzzerTestOneInput(data, size);
  to_map();
  return result;
}
