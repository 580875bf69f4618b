/*
 * libFuzzer on one side, a program that calls SharpFuzz's Fuzzer.LibFuzzer.Run on the other. Their protocol:
 *
 *   shared memory, its id in __LIBFUZZER_SHM_ID:   +0 map of 64 KiB, one byte an edge   +65536 the input
 *   driver -> program, __LIBFUZZER_CONTROL_PIPE_ID, 198:   i32 length of the input
 *   program -> driver, __LIBFUZZER_STATUS_PIPE_ID, 199:    i32 0 when it is ready; then for each input 0 passed, anything else a crash
 *
 * usage: driver --target_path=PROGRAM [--target_arg=ARGUMENT] and libFuzzer's own flags
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <signal.h>
#include <unistd.h>

enum { MAP_BYTES = 1 << 16, INPUT_BYTES = 1 << 20, CONTROL = 198, STATUS = 199 };

/* libFuzzer looks at these after each run, beside its own. Not static: the compiler would see that nobody reads them. */
__attribute__((section("__libfuzzer_extra_counters"))) uint8_t counters[MAP_BYTES];

static uint8_t *shared;
static int control, status;

static void require(int holds, const char *what) {
  if (!holds) {
    perror(what);
    _exit(2);
  }
}

static const char *option(int argc, char **argv, const char *name) {
  for (int i = 1; i < argc; i++)
    if (strncmp(argv[i], name, strlen(name)) == 0)
      return argv[i] + strlen(name);
  return NULL;
}

/* 0 when the program passed, otherwise that it did not, or that it is gone. */
static int32_t answer(void) {
  int32_t fault;
  ssize_t count;
  /* libFuzzer looks at its clock in a signal handler, which ends a read that waits. */
  do
    count = read(status, &fault, sizeof fault);
  while (count < 0 && errno == EINTR);
  return count == sizeof fault ? fault : -1;
}

static void start(const char *path, const char *argument, int id) {
  int to[2], from[2];
  require(pipe(to) == 0 && pipe(from) == 0, "pipe");
  pid_t child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    char text[16];
    snprintf(text, sizeof text, "%d", id);
    setenv("__LIBFUZZER_SHM_ID", text, 1);
    setenv("__LIBFUZZER_CONTROL_PIPE_ID", "198", 1);
    setenv("__LIBFUZZER_STATUS_PIPE_ID", "199", 1);
    require(dup2(to[0], CONTROL) >= 0 && dup2(from[1], STATUS) >= 0, "dup2");
    close(to[0]), close(to[1]), close(from[0]), close(from[1]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execlp(path, path, argument, NULL);
    require(0, path);
  }
  close(to[0]), close(from[1]);
  control = to[1];
  status = from[0];
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  const char *path = option(*argc, *argv, "--target_path=");
  if (path == NULL) {
    fprintf(stderr, "usage: %s --target_path=PROGRAM [--target_arg=ARGUMENT] [libFuzzer's flags]\n", (*argv)[0]);
    _exit(64);
  }
  int id = shmget(IPC_PRIVATE, MAP_BYTES + INPUT_BYTES, IPC_CREAT | 0600);
  require(id >= 0, "shmget");
  shared = shmat(id, NULL, 0);
  require(shared != (void *)-1, "shmat");
  signal(SIGPIPE, SIG_IGN);
  start(path, option(*argc, *argv, "--target_arg="), id);
  int32_t ready = answer();
  /* The segment goes with the two processes, however they end. */
  shmctl(id, IPC_RMID, NULL);
  if (ready != 0) {
    fprintf(stderr, "%s did not come up\n", path);
    _exit(2);
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int32_t length = size > INPUT_BYTES ? INPUT_BYTES : (int32_t)size;
  memset(shared, 0, MAP_BYTES);
  memcpy(shared + MAP_BYTES, data, length);
  if (write(control, &length, sizeof length) != sizeof length || answer() != 0)
    abort();
  memcpy(counters, shared, MAP_BYTES);
  return 0;
}
