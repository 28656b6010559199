/*
 * Disks that remember: files disk0, disk1, ... in a FUSE folder, each backed by an image file. Every write to any of
 * them, with its bytes, and every flush goes into one log, in the order in which the disks took them. Under a loop
 * device with a file system on it, the log tells what each of the disks may have held at any moment.
 *
 * A write to the file `marks` (8 bytes, a number) puts that number into the same log: what was logged before it, the
 * disks had taken before whoever wrote the mark did so.
 *
 * usage: recording-disk <log> <folder> <image>...   (runs until the folder is unmounted)
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { most_disks = 4, marks = most_disks, record_magic = 0x53544c47 };
enum record_kind { record_write = 1, record_flush = 2, record_mark = 3 };

struct record {
  uint32_t magic;
  uint16_t kind;
  uint16_t disk;
  /* Where on the disk; for a mark, its number. */
  uint64_t offset;
  /* How many bytes follow. */
  uint64_t length;
};

static int images[most_disks];
static off_t sizes[most_disks];
static int disk_count;
static int log_file;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

/* The caller holds `order`. 0, or a negated error. */
static int append_record(enum record_kind kind, int disk, uint64_t offset, const char *bytes, size_t length) {
  struct record head = {record_magic, kind, disk, offset, length};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
  ssize_t whole = sizeof head + length;
  return writev(log_file, parts, length > 0 ? 2 : 1) == whole ? 0 : -EIO;
}

/* Its number, `marks`, or a negated error. */
static int file_of(const char *path) {
  if (strcmp(path, "/marks") == 0) return marks;
  int disk;
  char rest;
  if (sscanf(path, "/disk%1d%c", &disk, &rest) != 1 || disk >= disk_count) return -ENOENT;
  return disk;
}

static int get_attributes(const char *path, struct stat *found, struct fuse_file_info *info) {
  (void)info;
  memset(found, 0, sizeof *found);
  if (strcmp(path, "/") == 0) {
    found->st_mode = S_IFDIR | 0700;
    found->st_nlink = 2;
    return 0;
  }
  int file = file_of(path);
  if (file < 0) return file;
  found->st_mode = S_IFREG | 0600;
  found->st_nlink = 1;
  found->st_size = file == marks ? 0 : sizes[file];
  return 0;
}

static int open_file(const char *path, struct fuse_file_info *info) {
  int file = file_of(path);
  if (file < 0) return file;
  info->direct_io = file == marks;
  return 0;
}

static int read_disk(const char *path, char *bytes, size_t length, off_t offset, struct fuse_file_info *info) {
  (void)info;
  int disk = file_of(path);
  if (disk < 0 || disk == marks) return -EINVAL;
  ssize_t got = pread(images[disk], bytes, length, offset);
  return got < 0 ? -errno : (int)got;
}

static int write_disk(const char *path, const char *bytes, size_t length, off_t offset, struct fuse_file_info *info) {
  (void)info;
  int file = file_of(path);
  if (file < 0) return file;
  uint64_t number = 0;
  if (file == marks && length != sizeof number) return -EINVAL;
  if (file == marks) memcpy(&number, bytes, sizeof number);
  pthread_mutex_lock(&order);
  int failed = 0;
  if (file == marks) failed = append_record(record_mark, 0, number, NULL, 0);
  else if (pwrite(images[file], bytes, length, offset) != (ssize_t)length) failed = -EIO;
  else failed = append_record(record_write, file, offset, bytes, length);
  pthread_mutex_unlock(&order);
  return failed ? failed : (int)length;
}

static int flush_disk(const char *path, int data_only, struct fuse_file_info *info) {
  (void)data_only;
  (void)info;
  int disk = file_of(path);
  if (disk < 0 || disk == marks) return -EINVAL;
  pthread_mutex_lock(&order);
  int failed = append_record(record_flush, disk, 0, NULL, 0);
  pthread_mutex_unlock(&order);
  return failed;
}

/* Whoever wants zeros or a hole has to write them, so that the log has them. */
static int refuse_allocation(const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *info) {
  (void)path, (void)mode, (void)offset, (void)length, (void)info;
  return -EOPNOTSUPP;
}

static const struct fuse_operations operations = {
    .getattr = get_attributes,
    .open = open_file,
    .read = read_disk,
    .write = write_disk,
    .fsync = flush_disk,
    .fallocate = refuse_allocation,
};

int main(int count, char **words) {
  if (count < 4 || count - 3 > most_disks) {
    fprintf(stderr, "usage: recording-disk <log> <folder> <image>... (at most %d)\n", most_disks);
    return 2;
  }
  log_file = open(words[1], O_CREAT | O_EXCL | O_WRONLY | O_APPEND, 0600);
  if (log_file < 0) {
    perror(words[1]);
    return 1;
  }
  for (int word = 3; word < count; word += 1) {
    struct stat found;
    int image = open(words[word], O_RDWR);
    if (image < 0 || fstat(image, &found) != 0) {
      perror(words[word]);
      return 1;
    }
    images[disk_count] = image;
    sizes[disk_count] = found.st_size;
    disk_count += 1;
  }
  char *mount[] = {words[0], "-f", words[2], NULL};
  return fuse_main(3, mount, &operations, NULL);
}
