/* As much HTTP as the tests need: one request to this machine, and a server for one handler. */

#ifndef COINPAY_TESTS_HTTP_H
#define COINPAY_TESTS_HTTP_H

#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_HTTP_BYTES (1 << 20)

static inline struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static inline void send_all(int connection, const char *from, size_t len)
{
    while (len > 0) {
        ssize_t sent = write(connection, from, len);
        CHECK(sent > 0);
        from += sent;
        len -= (size_t)sent;
    }
}

/* The value of a header in a head of lines, copied into `into`; 0 if it is not there. */
static inline int header_of(const char *head, const char *name, char *into, size_t room)
{
    const char *line = strstr(head, "\r\n");
    while (line != NULL && strncmp(line, "\r\n\r\n", 4) != 0) {
        line += 2;
        if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
            const char *value = line + strlen(name) + 1;
            value += strspn(value, " ");
            snprintf(into, room, "%.*s", (int)strcspn(value, "\r"), value);
            return 1;
        }
        line = strstr(line, "\r\n");
    }
    return 0;
}

/* Reads a message: all of it, in memory of the caller's, with a NUL after it. Gives its body. */
static inline char *read_message(int connection, char *message, size_t *len)
{
    size_t got = 0;
    char length[20];
    char *body = NULL;
    for (;;) {
        ssize_t more = read(connection, message + got, MOST_HTTP_BYTES - 1 - got);
        CHECK(more >= 0);
        got += (size_t)more;
        message[got] = '\0';
        body = strstr(message, "\r\n\r\n");
        if (body != NULL) {
            body += 4;
            int told = header_of(message, "content-length", length, sizeof length);
            *len = got - (size_t)(body - message);
            if (more == 0 || (told && *len >= (size_t)atol(length))) {
                return body;
            }
        }
        CHECK(more > 0);
    }
}

/* One request; the answer has to be a JSON document with status 200. */
static inline json_t *ask(int port, const char *method, const char *path, const char *body)
{
    struct sockaddr_in address = loopback(port);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(connection, (struct sockaddr *)&address, sizeof address) == 0);
    char *message = (char *)malloc(MOST_HTTP_BYTES);
    CHECK(message != NULL);
    int len = snprintf(message, MOST_HTTP_BYTES,
                       "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       method, path, strlen(body), body);
    send_all(connection, message, (size_t)len);
    size_t body_len = 0;
    const char *answer = read_message(connection, message, &body_len);
    close(connection);
    CHECK(strncmp(message, "HTTP/1.1 200", 12) == 0);
    json_error_t error;
    json_t *document = json_loadb(answer, body_len, 0, &error);
    CHECK(document != NULL);
    free(message);
    return document;
}

struct endpoint {
    int listener;
    int port;
    /* Answers a POST: gives the HTTP status. */
    int (*handle)(coinpay_slice body, const char *signature);
};

static inline void *serve(void *argument)
{
    const struct endpoint *endpoint = (const struct endpoint *)argument;
    char *message = (char *)malloc(MOST_HTTP_BYTES);
    CHECK(message != NULL);
    for (;;) {
        int connection = accept(endpoint->listener, NULL, NULL);
        if (connection < 0) {
            break;
        }
        char signature[300];
        char answer[100];
        size_t len = 0;
        const char *body = read_message(connection, message, &len);
        int told = header_of(message, "x-coinpay-signature", signature, sizeof signature);
        int status = endpoint->handle(bytes(body, len), told ? signature : NULL);
        int answer_len = snprintf(answer, sizeof answer,
                                  "HTTP/1.1 %d -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                                  status);
        send_all(connection, answer, (size_t)answer_len);
        close(connection);
    }
    free(message);
    return NULL;
}

static inline pthread_t listening(struct endpoint *endpoint)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    pthread_t thread;
    endpoint->listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(endpoint->listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(endpoint->listener, 16) == 0);
    CHECK(getsockname(endpoint->listener, (struct sockaddr *)&address, &size) == 0);
    endpoint->port = ntohs(address.sin_port);
    CHECK(pthread_create(&thread, NULL, serve, endpoint) == 0);
    return thread;
}

static inline void stop_listening(const struct endpoint *endpoint, pthread_t thread)
{
    shutdown(endpoint->listener, SHUT_RDWR);
    CHECK(pthread_join(thread, NULL) == 0);
    close(endpoint->listener);
}

#endif
