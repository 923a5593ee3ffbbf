/* Connections: who in Python knows one, and its raw bytes for connection handlers. */

#ifndef MP_CONNECTION_H
#define MP_CONNECTION_H

#include "interpreter.h"

/* INTERPRETER has an object for the connection, and will be told when it closes. */
void mp_connection_visit(conn_rec *c, mp_interpreter *interpreter);

/* True once: httpd offers a connection that is kept alive again and again, but its handlers decide only at its start. */
int mp_connection_begins(conn_rec *c);

/* For Python, without the GIL; one call at a time for one connection. */

/* Up to SIZE bytes, none once the peer has closed; MP_CONNECTION_NOTHING when none are there yet; else an apr_status_t. */
int mp_connection_read(conn_rec *c, char *buffer, size_t size, size_t *count);
enum {
    MP_CONNECTION_NOTHING = -1
};

/* The descriptor to wait on, -1 for a connection without one. */
int mp_connection_descriptor(conn_rec *c);

/* Sends DATA at once. */
int mp_connection_write(conn_rec *c, const char *data, size_t length);

#endif
