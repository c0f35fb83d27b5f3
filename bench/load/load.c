/*
 * Load generator for the servers of this folder's benchmark. One thread, epoll:
 * in C so that the server, and not what measures it, is the slower of the two.
 *
 *     gcc -O2 -Wall -Wextra -o load bench/load/load.c && ./load tcp 127.0.0.1 9999 50 5
 *
 * Each command prints one line of JSON; times are in microseconds where it does
 * not say seconds. Exit status: 0 measured, 1 failed (one line says why), 2 the
 * command line is wrong. Linux only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] =
    "Usage: load COMMAND HOST PORT ..., HOST an IPv4 address\n"
    "  tcp HOST PORT CONNECTIONS SECONDS [LENGTH=7]  names over open connections\n"
    "  connect HOST PORT SECONDS [AT_ONCE=50]        whole conversations, no name\n"
    "  burst HOST PORT COUNT                         all connect at once\n"
    "  two HOST PORT COUNT                           names that take two reads\n"
    "  idle HOST PORT COUNT                          hold until a signal, 60 s at most\n"
    "  udp HOST PORT IN_FLIGHT SECONDS [LENGTH=7]    datagrams, 7 bytes at least\n";

enum {
  WELCOME = 8,          /* "Welcome!" */
  EXTRA = 8,            /* a greeting is this much longer than its name */
  READ = 1024,          /* the most that the server takes in one read */
  DATAGRAM = 65499,     /* the longest name whose greeting fits a datagram */
  EVENTS = 256,         /* events taken from epoll at once */
  HELD = 60,            /* seconds that idle connections are held at most */
  LOST_AFTER = 200,     /* milliseconds until a datagram counts as lost */
  DIGITS = 7,           /* of a datagram's number, and so its shortest name */
  NUMBERS = 10000000,   /* that many have so few digits */
};

#define SECOND 1000000000LL
#define PATIENCE (30 * SECOND) /* whatever has not come by then never comes */

/* ---- Failing, time, arguments ------------------------------------------- */

static void fail(const char *format, ...) {
  int error = errno;
  va_list values;
  va_start(values, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, values);
  va_end(values);
  if (error) fprintf(stderr, ": errno %d, %s", error, strerror(error));
  fputc('\n', stderr);
  exit(1);
}

static int64_t now(void) { /* nanoseconds */
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static void usage(void) {
  fputs(USAGE, stderr);
  exit(2);
}

static double number(const char *text, double least, double most) {
  char *end;
  double value = strtod(text, &end);
  if (*text == 0 || *end != 0 || !(value >= least && value <= most)) usage();
  return value;
}

static int whole(const char *text, int least, int most) {
  double value = number(text, least, most);
  if (value != (int)value) usage();
  return (int)value;
}

/* Never freed: a command is a process, and the system takes all back at its end. */
static void *room(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL) fail("Cannot allocate %zu bytes", count * size);
  return memory;
}

/* ---- Histogram ----------------------------------------------------------- */

/*
 * Latencies in nanoseconds. Each power of two is cut into 128 equal buckets, so
 * that a bucket is at most 1/128 of its value wide and its middle at most 0.4 %
 * off: constant memory, however long the run.
 */
enum { SUB = 128, SUB_BITS = 7, BUCKETS = (64 - SUB_BITS) * SUB };

typedef struct {
  uint64_t count[BUCKETS], total;
  int64_t max;
} Histogram;

static void record(Histogram *h, int64_t latency) {
  uint64_t v = latency > 0 ? (uint64_t)latency : 0;
  int shift = v < SUB ? 0 : 63 - __builtin_clzll(v) - SUB_BITS;
  h->count[shift * SUB + (v >> shift)]++;
  h->total++;
  if (latency > h->max) h->max = latency;
}

static double percentile(const Histogram *h, double share) { /* microseconds */
  uint64_t rank = (uint64_t)(share * h->total), seen = 0;
  if (rank >= h->total) return h->max / 1e3;
  for (int i = 0; i < BUCKETS; i++) {
    seen += h->count[i];
    if (seen <= rank) continue;
    int shift = i < 2 * SUB ? 0 : i / SUB - 1;
    uint64_t start = (uint64_t)(i - shift * SUB) << shift;
    double middle = start + ((1ull << shift) - 1) / 2.0;
    return (middle < h->max ? middle : h->max) / 1e3;
  }
  return h->max / 1e3;
}

/* ---- Sockets ------------------------------------------------------------- */

static struct sockaddr_in address(const char *host, const char *port) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  to.sin_port = htons(whole(port, 1, 65535));
  if (inet_pton(AF_INET, host, &to.sin_addr) != 1) usage();
  return to;
}

/* Starts to connect, without waiting. -1 (with errno) if that failed at once. */
static int dial(const struct sockaddr_in *to) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  if (fd < 0) fail("Cannot open a socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0) return fd;
  if (errno == EINPROGRESS) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static void watch(int epoll, int fd, void *whose) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = whose};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) fail("Cannot watch a socket");
}

static int poller(void) {
  int epoll = epoll_create1(0);
  if (epoll < 0) fail("Cannot make an epoll instance");
  return epoll;
}

/* Events until the deadline; 0 only once it has passed. */
static int events_until(int epoll, struct epoll_event *events, int64_t deadline) {
  for (;;) {
    int64_t left = deadline - now();
    if (left <= 0) return 0;
    int n = epoll_wait(epoll, events, EVENTS, (int)(left / 1000000) + 1);
    if (n < 0 && errno != EINTR) fail("Cannot wait for events");
    if (n > 0) return n;
  }
}

/* Whether the whole of it was sent: on an idle connection it always fits. */
static bool send_all(int fd, const char *bytes, size_t length) {
  return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* What must come next, byte for byte. */
typedef struct {
  const char *bytes;
  size_t length;
} Answer;

/*
 * Reads what is there and compares it with the answer from *got on. False if it
 * differs, is longer, or the connection has ended or failed.
 */
static bool take(int fd, const Answer *answer, size_t *got) {
  char bytes[4096];
  ssize_t n = recv(fd, bytes, sizeof bytes, 0);
  if (n < 0) return errno == EAGAIN;
  if (n == 0 || *got + n > answer->length) return false;
  if (memcmp(bytes, answer->bytes + *got, n) != 0) return false;
  *got += n;
  return true;
}

static const Answer welcome = {"Welcome!", WELCOME};

/* ---- Connections that are opened and then used --------------------------- */

typedef struct {
  int fd; /* -1: broken, and closed */
  size_t got; /* bytes of the answer that is due */
  int64_t sent;
  uint64_t requests;
} Conn;

static void close_conn(Conn *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
}

/*
 * Connects all at once; returns how many were not welcomed within PATIENCE. If not
 * one was, it fails: the port is probably wrong.
 */
static int open_all(int epoll, const struct sockaddr_in *to, Conn *conns, int count) {
  struct epoll_event events[EVENTS];
  int waiting = 0, welcomed = 0;
  int64_t deadline = now() + PATIENCE;
  errno = 0;
  for (int i = 0; i < count; i++) {
    conns[i].fd = dial(to);
    if (conns[i].fd < 0) continue;
    watch(epoll, conns[i].fd, &conns[i]);
    waiting++;
  }
  while (waiting > 0) {
    int n = events_until(epoll, events, deadline);
    if (n == 0) break;
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      bool before = c->got == WELCOME;
      /* One that speaks or leaves after its welcome is as bad as one before. */
      if (!take(c->fd, &welcome, &c->got)) close_conn(c);
      else if (c->got < WELCOME) continue;
      if (!before) waiting--;
    }
  }
  for (int i = 0; i < count; i++) {
    if (conns[i].got < WELCOME) close_conn(&conns[i]);
    if (conns[i].fd >= 0) welcomed++;
  }
  if (welcomed == 0) {
    fail("Cannot get a welcome on port %d (%d tries)", ntohs(to->sin_port), count);
  }
  return count - welcomed;
}

/* Letters from a to z over and over, so that a byte out of place is noticed. */
static char *greeting(int length) {
  char *bytes = room(length + EXTRA, 1);
  memcpy(bytes, "Hello, ", 7);
  for (int i = 0; i < length; i++) bytes[7 + i] = 'a' + i % 26;
  bytes[7 + length] = '!';
  return bytes;
}

/* ---- The commands -------------------------------------------------------- */

static void tcp(const struct sockaddr_in *to, int count, double seconds, int length) {
  char *hello = greeting(length);
  const char *name = hello + 7;
  Answer answer = {hello, length + EXTRA};
  Conn *conns = room(count, sizeof *conns);
  Histogram *h = room(1, sizeof *h);
  struct epoll_event events[EVENTS];
  int epoll = poller(), wrong = open_all(epoll, to, conns, count);

  int64_t start = now() + (int64_t)(0.2 * seconds * SECOND);
  int64_t end = start + (int64_t)(seconds * SECOND);
  for (int i = 0; i < count; i++) {
    Conn *c = &conns[i];
    if (c->fd < 0) continue;
    c->got = 0;
    c->sent = now();
    if (send_all(c->fd, name, length)) continue;
    close_conn(c);
    wrong++;
  }
  int n;
  while ((n = events_until(epoll, events, end)) > 0) {
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (take(c->fd, &answer, &c->got)) {
        if (c->got < answer.length) continue;
        int64_t t = now();
        if (t >= start && t < end) {
          record(h, t - c->sent);
          c->requests++;
        }
        c->got = 0;
        c->sent = t;
        if (send_all(c->fd, name, length)) continue;
      }
      close_conn(c);
      wrong++;
    }
  }

  /*
   * Pending requests count with the time that they have waited so far. Without them,
   * a server that forgets some connections would have better percentiles.
   */
  int64_t usual = (int64_t)(percentile(h, 0.5) * 1e3);
  uint64_t requests = h->total, slowest = UINT64_MAX, fastest = 0;
  for (int i = 0; i < count; i++) {
    Conn *c = &conns[i];
    if (c->requests < slowest) slowest = c->requests;
    if (c->requests > fastest) fastest = c->requests;
    if (c->fd >= 0 && end - c->sent > usual) record(h, end - c->sent);
  }
  printf("{\"requests\":%lu,\"seconds\":%g,\"rps\":%.0f,\"p50\":%.1f,\"p99\":%.1f,"
         "\"p999\":%.1f,\"max\":%.1f,\"slowest\":%lu,\"fastest\":%lu,\"wrong\":%d}\n",
         requests, seconds, requests / seconds, percentile(h, 0.5),
         percentile(h, 0.99), percentile(h, 0.999), h->max / 1e3, slowest, fastest,
         wrong);
}

static void conversations(const struct sockaddr_in *to, double seconds, int at_once) {
  Conn *conns = room(at_once, sizeof *conns);
  Histogram *h = room(1, sizeof *h);
  struct epoll_event events[EVENTS];
  int epoll = poller(), open = 0;
  uint64_t failed = 0;
  int64_t begin = now(), end = begin + (int64_t)(seconds * SECOND), t = begin;
  for (int i = 0; i < at_once; i++) conns[i].fd = -1;

  while ((t = now()) < end) {
    /* Whoever has ended begins anew. One that fails at once waits a round. */
    for (int i = 0; i < at_once && open < at_once; i++) {
      if (conns[i].fd >= 0) continue;
      conns[i] = (Conn){.fd = dial(to), .sent = now()};
      if (conns[i].fd < 0) {
        failed++;
        continue;
      }
      watch(epoll, conns[i].fd, &conns[i]);
      open++;
    }
    int64_t soon = t + SECOND / 1000;
    int n = events_until(epoll, events, open > 0 || end < soon ? end : soon);
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (c->got < WELCOME) {
        bool good = take(c->fd, &welcome, &c->got);
        if (good && c->got < WELCOME) continue;
        if (good && send_all(c->fd, "exit", 4)) continue;
        failed++;
      } else {
        char byte;
        ssize_t rest = recv(c->fd, &byte, 1, 0);
        if (rest < 0 && errno == EAGAIN) continue;
        /* Only the end of input ends a conversation well. */
        if (rest == 0) record(h, now() - c->sent);
        else failed++;
      }
      close_conn(c);
      open--;
    }
  }
  /* Those that have waited this long have failed; the others were under way. */
  int64_t long_ago = t - (end - begin < 2 * SECOND ? (end - begin) / 2 : SECOND);
  for (int i = 0; i < at_once; i++) {
    if (conns[i].fd >= 0 && conns[i].sent < long_ago) failed++;
  }
  printf("{\"connections\":%lu,\"cps\":%.0f,\"p50\":%.1f,\"p99\":%.1f,\"failed\":%lu}\n",
         h->total, h->total / ((t - begin) / 1e9), percentile(h, 0.5),
         percentile(h, 0.99), failed);
}

static void burst(const struct sockaddr_in *to, int count) {
  Conn *conns = room(count, sizeof *conns);
  int epoll = poller();
  int64_t begin = now();
  int failed = open_all(epoll, to, conns, count);
  printf("{\"seconds\":%.4f,\"failed\":%d}\n", (now() - begin) / 1e9, failed);
}

static void idle(const struct sockaddr_in *to, int count) {
  Conn *conns = room(count, sizeof *conns);
  int failed = open_all(poller(), to, conns, count);
  if (failed > 0) {
    errno = 0;
    fail("Cannot hold %d connections: %d were not welcomed", count, failed);
  }
  puts("{\"ready\":true}");
  fflush(stdout); /* the reader waits for this line while we hold */
  alarm(HELD);    /* not for ever, should the reader be gone */
  pause();
}

static void two(const struct sockaddr_in *to, int count) {
  enum { LENGTH = 2000 };
  char *hello = greeting(LENGTH), *both = room(LENGTH + 2 * EXTRA, 1);
  const char *name = hello + 7;
  /* "Hello, " + the first 1,024 + "!" + "Hello, " + the rest + "!" */
  memcpy(both, hello, 7 + READ);
  memcpy(both + 7 + READ, "!Hello, ", 8);
  memcpy(both + 15 + READ, name + READ, LENGTH - READ);
  both[15 + LENGTH] = '!';
  Answer answer = {both, LENGTH + 2 * EXTRA};
  Histogram *h = room(1, sizeof *h);
  struct epoll_event events[EVENTS];
  Conn c = {0};
  int epoll = poller();
  open_all(epoll, to, &c, 1);
  for (int i = 0; i < count; i++) {
    int64_t sent = now();
    c.got = 0;
    if (!send_all(c.fd, name, LENGTH)) fail("Cannot send a name");
    while (c.got < answer.length) {
      errno = 0;
      if (events_until(epoll, events, sent + PATIENCE) == 0) {
        fail("Cannot get both answers of name %d in 30 seconds", i + 1);
      }
      if (!take(c.fd, &answer, &c.got)) fail("Wrong answer to name %d", i + 1);
    }
    record(h, now() - sent);
  }
  printf("{\"count\":%d,\"p50\":%.1f,\"p99\":%.1f}\n", count, percentile(h, 0.5),
         percentile(h, 0.99));
}

/*
 * A datagram under way. Its name starts with its number, slot + IN_FLIGHT × how
 * often the slot was used: so an answer that comes after its name was given up
 * is known for a late one.
 */
typedef struct {
  unsigned number;
  int64_t sent;
} Slot;

static void send_next(int fd, Slot *slot, int in_flight, char *name, int length) {
  char digits[16];
  slot->number = (slot->number + in_flight) % (NUMBERS / in_flight * in_flight);
  snprintf(digits, sizeof digits, "%0*u", DIGITS, slot->number);
  memcpy(name, digits, DIGITS);
  slot->sent = now();
  if (send(fd, name, length, 0) < 0) fail("Cannot send a datagram");
}

static void udp(const struct sockaddr_in *to, int in_flight, double seconds, int length) {
  char *expected = greeting(length), *name = expected + 7;
  char *bytes = room(1, DATAGRAM + EXTRA + 1);
  Slot *slots = room(in_flight, sizeof *slots);
  Histogram *h = room(1, sizeof *h);
  uint64_t lost = 0, wrong = 0;
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
  struct timeval tick = {.tv_usec = LOST_AFTER * 1000 / 4};
  if (fd < 0) fail("Cannot open a socket");
  /* What the server has answered must not be lost here. The system may give less. */
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
  if (connect(fd, (const struct sockaddr *)to, sizeof *to)) fail("Cannot connect");

  for (int i = 0; i < in_flight; i++) {
    slots[i].number = i;
    send_next(fd, &slots[i], in_flight, name, length);
  }
  int64_t t = now(), look = t;
  int64_t start = t + (int64_t)(0.2 * seconds * SECOND);
  int64_t end = start + (int64_t)(seconds * SECOND);
  while (t < end) {
    /* With one byte of room too many: a longer answer must not look right. */
    ssize_t n = recv(fd, bytes, DATAGRAM + EXTRA + 1, 0);
    if (n < 0 && errno != EAGAIN && errno != EINTR) fail("Cannot receive");
    t = now();
    if (n >= 0) {
      char digits[DIGITS + 1] = "";
      if (n >= 7 + DIGITS) memcpy(digits, bytes + 7, DIGITS);
      unsigned number = strtoul(digits, NULL, 10);
      Slot *slot = &slots[number % in_flight];
      memcpy(name, digits, DIGITS);
      if (n != length + EXTRA || memcmp(bytes, expected, n) != 0) {
        wrong++; /* its slot waits until it counts as lost */
      } else if (number == slot->number) {
        if (t >= start && t < end) record(h, t - slot->sent);
        send_next(fd, slot, in_flight, name, length);
      } /* else: late, and counted as lost already */
    }
    if (t < look) continue;
    look = t + LOST_AFTER * (SECOND / 1000) / 4;
    for (int i = 0; i < in_flight; i++) {
      if (t - slots[i].sent < LOST_AFTER * (SECOND / 1000)) continue;
      if (t >= start) lost++;
      send_next(fd, &slots[i], in_flight, name, length);
    }
  }
  printf("{\"datagrams\":%lu,\"dps\":%.0f,\"lost\":%lu,\"wrong\":%lu,\"p50\":%.1f,"
         "\"p99\":%.1f}\n",
         h->total, h->total / seconds, lost, wrong, percentile(h, 0.5),
         percentile(h, 0.99));
}

/* ---- The command line ---------------------------------------------------- */

int main(int argc, char **argv) {
  struct rlimit files;
  if (argc < 5) usage();
  if (getrlimit(RLIMIT_NOFILE, &files)) fail("Cannot ask for the limit of files");
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files)) fail("Cannot raise the limit of files");

  enum { MOST = 1000000, HOUR = 3600 };
  const char *command = argv[1], *a = argv[4], *b = argc > 5 ? argv[5] : NULL;
  const char *c = argc > 6 ? argv[6] : NULL;
  struct sockaddr_in to = address(argv[2], argv[3]);
  if (strcmp(command, "tcp") == 0 && b && argc <= 7) {
    tcp(&to, whole(a, 1, MOST), number(b, 0.01, HOUR), c ? whole(c, 1, READ) : 7);
  } else if (strcmp(command, "connect") == 0 && argc <= 6) {
    conversations(&to, number(a, 0.01, HOUR), b ? whole(b, 1, MOST) : 50);
  } else if (strcmp(command, "burst") == 0 && argc == 5) {
    burst(&to, whole(a, 1, MOST));
  } else if (strcmp(command, "two") == 0 && argc == 5) {
    two(&to, whole(a, 1, MOST));
  } else if (strcmp(command, "idle") == 0 && argc == 5) {
    idle(&to, whole(a, 1, MOST));
  } else if (strcmp(command, "udp") == 0 && b && argc <= 7) {
    udp(&to, whole(a, 1, 10000), number(b, 0.01, HOUR),
        c ? whole(c, DIGITS, DATAGRAM) : DIGITS);
  } else {
    usage();
  }
  if (fflush(stdout)) fail("Cannot write the result");
  return 0;
}
