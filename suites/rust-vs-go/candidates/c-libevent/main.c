// The minimal routes in C: libevent's HTTP server, JSON by Jansson. One thread, one event loop.
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>

#include "items.h"

enum { MULTIPLIER_MAX = 1000, DELAY_MS_MAX = 10000, COMPUTE_N_MAX = 1000000 };

static json_t *items;
static struct event_base *base;

// Requests that wait for a timer, and whether the program has been told to stop: it ends when none waits.
static int waiting, stopping;

// An optional sign and digits within 64 bits; strtoll alone takes leading blanks and what follows the digits.
static int parse_integer(const char *text, int64_t *value) {
	const char *digits = text + (*text == '+' || *text == '-');
	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return 0;
	errno = 0;
	*value = strtoll(text, NULL, 10);
	return errno == 0;
}

static void send_body(struct evhttp_request *request, int status, const char *type, const char *body, size_t length) {
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	evhttp_add_header(headers, "Content-Type", type);
	evbuffer_add(evhttp_request_get_output_buffer(request), body, length);
	evhttp_send_reply(request, status, NULL, NULL);
}

static void send_text(struct evhttp_request *request, const char *body) {
	send_body(request, 200, "text/plain; charset=utf-8", body, strlen(body));
}

// Takes the value over.
static void send_json(struct evhttp_request *request, int status, json_t *value) {
	char *body = json_dumps(value, JSON_COMPACT);
	send_body(request, status, "application/json", body, strlen(body));
	free(body);
	json_decref(value);
}

static void send_error(struct evhttp_request *request, const char *message) {
	send_json(request, 400, json_pack("{s:s}", "error", message));
}

static void handle_json(struct evhttp_request *request, const char *argument) {
	int64_t count, m = 1;
	if (!parse_integer(argument, &count)) {
		send_error(request, "count must be an integer");
		return;
	}
	struct evkeyvalq query = {0};
	const char *text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
	if (text)
		evhttp_parse_query_str(text, &query);
	const char *m_text = text ? evhttp_find_header(&query, "m") : NULL;
	int good = !m_text || (parse_integer(m_text, &m) && 1 <= m && m <= MULTIPLIER_MAX);
	evhttp_clear_headers(&query);
	if (!good) {
		send_error(request, "m must be an integer from 1 to 1000");
		return;
	}

	int64_t known = (int64_t)json_array_size(items);
	count = count < 0 ? 0 : count > known ? known : count;
	json_t *chosen = json_array();
	for (int64_t i = 0; i < count; i++) {
		json_t *item = json_copy(json_array_get(items, i));
		int64_t price = json_integer_value(json_object_get(item, "price"));
		int64_t quantity = json_integer_value(json_object_get(item, "quantity"));
		json_object_set_new(item, "total", json_integer(price * quantity * m));
		json_array_append_new(chosen, item);
	}
	send_json(request, 200, json_pack("{s:o, s:I}", "items", chosen, "count", (json_int_t)count));
}

struct delayed {
	struct evhttp_request *request;
	struct event *timer;
	int64_t ms;
	int gone;
};

static void client_gone(struct evhttp_connection *connection, void *argument) {
	(void)connection;
	((struct delayed *)argument)->gone = 1;
}

// Ends the loop once what has been answered is on its way.
static void end_soon(void) {
	struct timeval grace = {.tv_usec = 200000};
	event_base_loopexit(base, &grace);
}

static void answer_delayed(evutil_socket_t fd, short what, void *argument) {
	(void)fd, (void)what;
	struct delayed *delayed = argument;
	// libevent frees the request of a client that has left.
	if (!delayed->gone) {
		char body[24];
		snprintf(body, sizeof body, "%" PRId64, delayed->ms);
		evhttp_connection_set_closecb(evhttp_request_get_connection(delayed->request), NULL, NULL);
		send_text(delayed->request, body);
	}
	event_free(delayed->timer);
	free(delayed);
	if (--waiting == 0 && stopping)
		end_soon();
}

static void handle_delay(struct evhttp_request *request, const char *argument) {
	int64_t ms;
	if (!parse_integer(argument, &ms) || ms < 0 || ms > DELAY_MS_MAX) {
		send_error(request, "ms must be an integer from 0 to 10000");
		return;
	}
	struct delayed *delayed = malloc(sizeof *delayed);
	*delayed = (struct delayed){.request = request, .ms = ms};
	delayed->timer = evtimer_new(base, answer_delayed, delayed);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), client_gone, delayed);
	// The loop's clock is read once a turn and a timer may be due up to a millisecond early by it.
	event_base_update_cache_time(base);
	struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 + 500};
	evtimer_add(delayed->timer, &wait);
	waiting++;
}

static void handle_compute(struct evhttp_request *request, const char *argument) {
	int64_t n;
	if (!parse_integer(argument, &n) || n < 0 || n > COMPUTE_N_MAX) {
		send_error(request, "n must be an integer from 0 to 1000000");
		return;
	}
	char *composite = calloc(n + 1, 1);
	for (int64_t i = 2; i * i < n; i++) {
		if (composite[i])
			continue;
		for (int64_t multiple = i * i; multiple < n; multiple += i)
			composite[multiple] = 1;
	}
	json_int_t primes = 0, sum = 0;
	for (int64_t number = 2; number < n; number++) {
		if (!composite[number]) {
			primes++;
			sum += number;
		}
	}
	free(composite);
	send_json(request, 200, json_pack("{s:I, s:I, s:I}", "n", (json_int_t)n, "primes", primes, "sum", sum));
}

// Gathered: libevent calls a handler once it has the whole body.
static void handle_echo(struct evhttp_request *request) {
	const char *type = evhttp_find_header(evhttp_request_get_input_headers(request), "Content-Type");
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	evhttp_add_header(headers, "Content-Type", type ? type : "application/octet-stream");
	evbuffer_add_buffer(evhttp_request_get_output_buffer(request), evhttp_request_get_input_buffer(request));
	evhttp_send_reply(request, 200, NULL, NULL);
}

// The decoded segment after a prefix, or NULL: not that route. The caller frees it.
static char *after(const char *path, const char *prefix) {
	size_t length = strlen(prefix);
	if (strncmp(path, prefix, length) != 0 || path[length] == '\0' || strchr(path + length, '/'))
		return NULL;
	return evhttp_uridecode(path + length, 0, NULL);
}

static void handle(struct evhttp_request *request, void *unused) {
	(void)unused;
	static const struct {
		const char *prefix;
		void (*handle)(struct evhttp_request *, const char *);
	} routes[] = {{"/json/", handle_json}, {"/delay/", handle_delay}, {"/compute/", handle_compute}};
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	int get = evhttp_request_get_command(request) == EVHTTP_REQ_GET;
	int post = evhttp_request_get_command(request) == EVHTTP_REQ_POST;

	if (strcmp(path, "/echo") == 0) {
		post ? handle_echo(request) : evhttp_send_error(request, HTTP_BADMETHOD, NULL);
		return;
	}
	if (strcmp(path, "/health") == 0 || strcmp(path, "/plaintext") == 0) {
		const char *body = path[1] == 'h' ? "ok" : "Hello, World!";
		get ? send_text(request, body) : evhttp_send_error(request, HTTP_BADMETHOD, NULL);
		return;
	}
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		char *argument = after(path, routes[i].prefix);
		if (argument) {
			get ? routes[i].handle(request, argument) : evhttp_send_error(request, HTTP_BADMETHOD, NULL);
			free(argument);
			return;
		}
	}
	evhttp_send_error(request, HTTP_NOTFOUND, NULL);
}

struct server {
	struct evhttp *http;
	struct evhttp_bound_socket *socket;
};

static void stop(evutil_socket_t fd, short what, void *argument) {
	(void)fd, (void)what;
	struct server *server = argument;
	evhttp_del_accept_socket(server->http, server->socket);
	stopping = 1;
	if (waiting == 0)
		end_soon();
}

int main(int argc, char **argv) {
	char host[64];
	unsigned port;
	if (argc != 3 || strcmp(argv[1], "--listen") != 0 || sscanf(argv[2], "%63[^:]:%u", host, &port) != 2) {
		fprintf(stderr, "usage: c-libevent --listen ADDRESS:PORT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	items = json_loadb((const char *)items_json, items_json_len, 0, NULL);
	base = event_base_new();
	struct server server = {.http = evhttp_new(base)};
	if (!items || !server.http) {
		fprintf(stderr, "cannot start\n");
		return 1;
	}
	evhttp_set_allowed_methods(server.http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE);
	evhttp_set_gencb(server.http, handle, NULL);
	server.socket = evhttp_bind_socket_with_handle(server.http, host, (uint16_t)port);
	if (!server.socket) {
		perror("bind");
		return 1;
	}
	struct event *terminate = evsignal_new(base, SIGTERM, stop, &server);
	struct event *interrupt = evsignal_new(base, SIGINT, stop, &server);
	event_add(terminate, NULL);
	event_add(interrupt, NULL);
	event_base_dispatch(base);
	evhttp_free(server.http);
	event_free(terminate), event_free(interrupt);
	event_base_free(base);
	json_decref(items);
	return 0;
}
