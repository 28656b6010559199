/*
 * Runs a command and stands between it and the kernel: every call of its threads that changes a file, makes a change
 * durable or answers a client waits here for its turn. Calls are seen one at a time, in one order over all threads, are
 * written down, and may be refused with an error or be the end of the process. (strace counts the calls of each thread
 * for itself, and knows files by whole names only; a pool of threads and files with random names need more.)
 *
 *   syscall-gate [-r] WATCH EXCEPT RULES LOG COMMAND...
 *
 * With -r it stands before calls that only read, too ("read", "list" for the entries of a folder, "stat"), which slows
 * everything down.
 * A call is a line such as "write /data/staging/ab12"; the words are those of describe(). Lines that match the extended
 * regular expression WATCH and not EXCEPT are written to the file LOG, with the time in milliseconds and what became of them: "ok", "kill"
 * or the error's number. The file RULES is read again whenever it was replaced, which starts its counts anew. Its lines are
 * "FROM TO ACTION EXPRESSION": of the watched lines that match, those numbered FROM to TO are refused with the error
 * ACTION, or, where ACTION is "kill", the process gets SIGKILL in place of the first of them. The first line of LOG is
 * the process id. Ends as the command ends; 128 and the signal's number where a signal ended it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* An open with either makes a file, with the second one that has no name. */
static const unsigned long long creating = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);

/* What the arguments of a call name. */
enum shape { DESCRIPTOR, PATH, PATH_AT, OPEN, OPEN_AT, TWO_PATHS, TWO_PATHS_AT };
struct call { int number; const char *word; enum shape shape; };
static const struct call calls[] = {
  {SYS_openat, "open", OPEN_AT}, {SYS_mkdirat, "mkdir", PATH_AT}, {SYS_unlinkat, "unlink", PATH_AT},
  {SYS_renameat2, "rename", TWO_PATHS_AT}, {SYS_write, "write", DESCRIPTOR}, {SYS_pwrite64, "write", DESCRIPTOR},
  {SYS_writev, "write", DESCRIPTOR}, {SYS_pwritev, "write", DESCRIPTOR}, {SYS_pwritev2, "write", DESCRIPTOR},
  {SYS_fsync, "sync", DESCRIPTOR}, {SYS_fdatasync, "sync", DESCRIPTOR}, {SYS_ftruncate, "truncate", DESCRIPTOR},
  {SYS_fallocate, "allocate", DESCRIPTOR}, {SYS_close, "close", DESCRIPTOR}, {SYS_sendto, "send", DESCRIPTOR},
  {SYS_sendmsg, "send", DESCRIPTOR},
#ifdef SYS_open
  {SYS_open, "open", OPEN}, {SYS_mkdir, "mkdir", PATH}, {SYS_unlink, "unlink", PATH}, {SYS_rmdir, "unlink", PATH},
  {SYS_rename, "rename", TWO_PATHS}, {SYS_renameat, "rename", TWO_PATHS_AT},
#endif
  /* From here on those that only read. */
  {SYS_read, "read", DESCRIPTOR}, {SYS_pread64, "read", DESCRIPTOR}, {SYS_readv, "read", DESCRIPTOR},
  {SYS_preadv, "read", DESCRIPTOR}, {SYS_getdents64, "list", DESCRIPTOR}, {SYS_fstat, "stat", DESCRIPTOR},
  {SYS_newfstatat, "stat", PATH_AT}, {SYS_statx, "stat", PATH_AT},
#ifdef SYS_open
  {SYS_stat, "stat", PATH}, {SYS_lstat, "stat", PATH},
#endif
};
#define CALLS (sizeof calls / sizeof *calls)
#define RULES 16

struct rule { long from, to, seen; int error; regex_t expression; };
static struct rule rules[RULES];
static int rule_count;
static struct stat rules_seen;
static int listener, log_file;
/* How many calls of the table are seen. */
static size_t seen_calls;
static pid_t child;
/* The number of the listener on the command's side, and whether it was taken. */
static volatile int *shared;

static void die(const char *what) { perror(what); exit(125); }

static regex_t compiled(const char *text) {
  regex_t expression;
  if (regcomp(&expression, text, REG_EXTENDED | REG_NOSUB)) { fprintf(stderr, "bad expression: %s\n", text); exit(125); }
  return expression;
}

/* The command's side: a filter that sends the calls of the table to the other side, and lets everything else through. */
static void become(char **command) {
  struct sock_filter code[4 + 2 * CALLS + 1];
  size_t at = 0;
  code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
  code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < seen_calls; i++) {
    code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  }
  code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {at, code};
  /* Without its gate it must not run on. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) _exit(125);
  /* Signals between threads of the runtime must not make a call come twice, hence the second flag. */
  long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
  if (fd < 0) { shared[0] = -errno; _exit(125); }
  shared[0] = fd;
  /* Starting the command closes it here. */
  while (shared[1] == 0) usleep(200);
  execvp(command[0], command);
  _exit(127);
}

static void take_listener(void) {
  while (shared[0] == 0) usleep(200);
  if (shared[0] < 0) { errno = -shared[0]; die("seccomp"); }
  int process = syscall(SYS_pidfd_open, child, 0);
  if (process < 0) die("pidfd_open");
  listener = syscall(SYS_pidfd_getfd, process, shared[0], 0);
  if (listener < 0) die("pidfd_getfd");
  shared[1] = 1;
  close(process);
}

static void read_rules(const char *path) {
  struct stat now;
  if (stat(path, &now) || now.st_ino == rules_seen.st_ino) return;
  rules_seen = now;
  while (rule_count > 0) regfree(&rules[--rule_count].expression);
  FILE *file = fopen(path, "re");
  if (file == NULL) return;
  char action[32], text[512];
  struct rule rule = {0};
  while (rule_count < RULES && fscanf(file, "%ld %ld %31s %511[^\n]", &rule.from, &rule.to, action, text) == 4) {
    rule.error = strcmp(action, "kill") ? atoi(action) : 0;
    rule.expression = compiled(text);
    rules[rule_count++] = rule;
  }
  fclose(file);
}

static void path_of_link(char *to, pid_t task, const char *what, long number) {
  char link[64];
  if (number < 0) snprintf(link, sizeof link, "/proc/%d/%s", task, what);
  else snprintf(link, sizeof link, "/proc/%d/%s/%ld", task, what, number);
  ssize_t length = readlink(link, to, PATH_MAX - 1);
  to[length < 0 ? 0 : length] = 0;
}

/* A path among the arguments, made absolute. */
static void path_at(char *to, pid_t task, int folder, unsigned long long address) {
  char text[PATH_MAX] = "", base[PATH_MAX] = "";
  for (size_t done = 0; done < sizeof text - 1;) {
    /* Up to the end of a page at a time: what follows the text need not be there. */
    size_t part = 4096 - (address + done) % 4096;
    if (part > sizeof text - 1 - done) part = sizeof text - 1 - done;
    struct iovec here = {text + done, part}, there = {(void *)(address + done), part};
    if (process_vm_readv(task, &here, 1, &there, 1, 0) <= 0) break;
    if (memchr(text + done, 0, part)) break;
    done += part;
  }
  if (text[0] != '/') {
    if (folder == AT_FDCWD) path_of_link(base, task, "cwd", -1);
    else path_of_link(base, task, "fd", folder);
  }
  /* Without a name it is the descriptor itself that is meant. */
  snprintf(to, PATH_MAX, "%s%s%s", base, text[0] == '/' || text[0] == 0 ? "" : "/", text);
}

static void describe(char *to, size_t size, const struct seccomp_notif *request) {
  const struct call *call = calls;
  while (call->number != request->data.nr) call++;
  const unsigned long long *a = request->data.args;
  pid_t task = request->pid;
  char first[PATH_MAX] = "", second[PATH_MAX] = "";
  const char *word = call->word;
  switch (call->shape) {
    case DESCRIPTOR: path_of_link(first, task, "fd", (int)a[0]); break;
    case PATH: path_at(first, task, AT_FDCWD, a[0]); break;
    case PATH_AT: path_at(first, task, (int)a[0], a[1]); break;
    case OPEN: path_at(first, task, AT_FDCWD, a[0]); if (a[1] & creating) word = "create"; break;
    case OPEN_AT: path_at(first, task, (int)a[0], a[1]); if (a[2] & creating) word = "create"; break;
    case TWO_PATHS: path_at(first, task, AT_FDCWD, a[0]); path_at(second, task, AT_FDCWD, a[1]); break;
    case TWO_PATHS_AT: path_at(first, task, (int)a[0], a[1]); path_at(second, task, (int)a[2], a[3]); break;
  }
  snprintf(to, size, "%s %s%s%s", word, first, second[0] ? " " : "", second);
}

/* What is to become of a watched call: 0 it passes, -1 the process is killed, otherwise the error. */
static int verdict(const char *line) {
  for (int i = 0; i < rule_count; i++) {
    if (regexec(&rules[i].expression, line, 0, NULL, 0)) continue;
    long seen = ++rules[i].seen;
    if (seen >= rules[i].from && seen <= rules[i].to) return rules[i].error ? rules[i].error : -1;
  }
  return 0;
}

static void write_down(const char *line, int result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char row[2 * PATH_MAX + 96];
  char became[16] = "ok";
  if (result < 0) strcpy(became, "kill");
  else if (result > 0) snprintf(became, sizeof became, "%d", result);
  int length = snprintf(row, sizeof row, "%lld %s %s\n", now.tv_sec * 1000LL + now.tv_nsec / 1000000, became, line);
  if (write(log_file, row, length) != length) die("log");
}

static void forward(int signal_number) { if (child > 0) kill(child, signal_number); }

int main(int count, char **words) {
  int with_reads = count > 1 && !strcmp(words[1], "-r");
  seen_calls = 0;
  while (seen_calls < CALLS && (with_reads || calls[seen_calls].number != SYS_read)) seen_calls++;
  words += with_reads;
  count -= with_reads;
  if (count < 6) { fprintf(stderr, "usage: syscall-gate [-r] WATCH EXCEPT RULES LOG COMMAND...\n"); return 125; }
  regex_t watch = compiled(words[1]), except = compiled(words[2]);
  log_file = open(words[4], O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (log_file < 0) die("log");
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  child = fork();
  if (child == 0) become(words + 5);
  signal(SIGTERM, forward);
  signal(SIGINT, forward);
  signal(SIGHUP, forward);
  dprintf(log_file, "%d\n", child);
  take_listener();
  static struct seccomp_notif request;
  static char line[2 * PATH_MAX + 16];
  for (;;) {
    struct pollfd ready = {listener, POLLIN, 0};
    if (poll(&ready, 1, -1) < 0) continue;
    if (ready.revents & POLLHUP) break;
    memset(&request, 0, sizeof request);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request)) continue;
    describe(line, sizeof line, &request);
    int result = 0;
    if (!regexec(&watch, line, 0, NULL, 0) && regexec(&except, line, 0, NULL, 0)) {
      read_rules(words[3]);
      result = verdict(line);
      write_down(line, result);
    }
    if (result < 0) { kill(child, SIGKILL); continue; }
    struct seccomp_notif_resp answer = {request.id, 0, -result, result ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
