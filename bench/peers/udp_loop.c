/*
 * UDP server, C: recvfrom and sendto, one datagram after the other.
 *
 *     gcc -O2 -o udp_loop bench/peers/udp_loop.c && ./udp_loop 9999
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LARGEST = 65535, BEFORE = 7 };

int main(int argc, char **argv) {
  static char answer[BEFORE + LARGEST + 1] = "Hello, ";
  char *data = answer + BEFORE; /* received where the answer needs it */
  struct sockaddr_in at = {.sin_family = AF_INET}, from;
  socklen_t size = sizeof at;
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  at.sin_port = htons(argc > 1 ? atoi(argv[1]) : 9999); /* 0: any free port */
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(s, (struct sockaddr *)&at, sizeof at)) err(1, "bind");
  getsockname(s, (struct sockaddr *)&at, &size);
  printf("Bind UDP on %d...\n", ntohs(at.sin_port));
  fflush(stdout);

  for (;;) {
    size = sizeof from;
    ssize_t n = recvfrom(s, data, LARGEST, 0, (struct sockaddr *)&from, &size);
    if (n < 0) continue; /* interrupted */
    data[n] = '!';
    /* A failed answer must not keep the other clients from theirs. */
    sendto(s, answer, BEFORE + n + 1, 0, (struct sockaddr *)&from, size);
  }
}
