// TCP server, Go: a goroutine a connection, as in the example of package net.
// https://pkg.go.dev/net#example-Listener
//
//	go run bench/peers/tcp_go/main.go 9999
//
// The backlog is the system's (net.core.somaxconn), and TCP_NODELAY is on: so
// Go has them.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func tcplink(conn net.Conn) {
	defer conn.Close()
	if _, err := conn.Write([]byte("Welcome!")); err != nil {
		return
	}
	data := make([]byte, 1024)
	answer := make([]byte, 0, len("Hello, !")+len(data))
	for {
		n, err := conn.Read(data)
		if err != nil || string(data[:n]) == "exit" {
			return // io.EOF too: the peer has ended
		}
		answer = append(answer[:0], "Hello, "...)
		answer = append(answer, data[:n]...)
		answer = append(answer, '!')
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func main() {
	port := "9999"
	if len(os.Args) > 1 {
		port = os.Args[1] // 0: any free port
	}
	s, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Bind TCP on %d...\n", s.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := s.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		go tcplink(conn)
	}
}
