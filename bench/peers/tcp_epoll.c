/*
 * TCP server, C: one thread and epoll, as epoll(7) shows it.
 *
 *     gcc -O2 -o tcp_epoll bench/peers/tcp_epoll.c && ./tcp_epoll 9999
 *
 * An answer that a client does not take at once waits in its connection, and
 * until it is gone nothing more is read from it: 1 KiB a client, never more.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CHUNK = 1024, BEFORE = 7, BACKLOG = 4096, EVENTS = 128 };

typedef struct {
  int fd;
  size_t sent, length;              /* of the answer */
  char answer[BEFORE + CHUNK + 1]; /* "Hello, " + what was read + "!" */
} Conn;

/* Writes what it can, and waits for room if anything is left. */
static int flush(int epoll, Conn *c, uint32_t waiting_for) {
  while (c->sent < c->length) {
    ssize_t n = write(c->fd, c->answer + c->sent, c->length - c->sent);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return -1;
    if (n < 0) break;
    c->sent += n;
  }
  uint32_t next = c->sent < c->length ? EPOLLOUT : EPOLLIN;
  if (next == waiting_for) return 0;
  struct epoll_event event = {.events = next, .data.ptr = c};
  return epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static int greet(int epoll, Conn *c) {
  char *data = c->answer + BEFORE;
  ssize_t n = read(c->fd, data, CHUNK);
  if (n < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
  if (n == 0 || (n == 4 && memcmp(data, "exit", 4) == 0)) return -1;
  memcpy(c->answer, "Hello, ", BEFORE);
  data[n] = '!';
  c->sent = 0;
  c->length = BEFORE + n + 1;
  return flush(epoll, c, EPOLLIN);
}

static void welcome(int epoll, int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), one = 1;
  if (fd < 0) return; /* it has gone already, or there is no descriptor left */
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  Conn *c = malloc(sizeof *c);
  if (c == NULL) err(1, "malloc");
  *c = (Conn){.fd = fd, .length = 8, .answer = "Welcome!"};
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) err(1, "epoll_ctl");
  flush(epoll, c, EPOLLIN); /* fails only if the client has gone: read tells */
}

int main(int argc, char **argv) {
  struct sockaddr_in at = {.sin_family = AF_INET};
  struct epoll_event events[EVENTS], accepting = {.events = EPOLLIN};
  socklen_t size = sizeof at;
  int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int epoll = epoll_create1(0);
  signal(SIGPIPE, SIG_IGN);
  at.sin_port = htons(argc > 1 ? atoi(argv[1]) : 9999); /* 0: any free port */
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(s, (struct sockaddr *)&at, sizeof at)) err(1, "bind");
  if (listen(s, BACKLOG)) err(1, "listen");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, s, &accepting)) err(1, "epoll_ctl");
  getsockname(s, (struct sockaddr *)&at, &size);
  printf("Bind TCP on %d...\n", ntohs(at.sin_port));
  fflush(stdout);

  for (;;) {
    int n = epoll_wait(epoll, events, EVENTS, -1);
    if (n < 0 && errno != EINTR) err(1, "epoll_wait");
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (c == NULL) { /* the listener */
        welcome(epoll, s);
      } else if ((events[i].events & EPOLLOUT ? flush(epoll, c, EPOLLOUT)
                                              : greet(epoll, c)) < 0) {
        close(c->fd);
        free(c);
      }
    }
  }
}
