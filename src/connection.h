/* Connections: who in Python knows one, and its raw bytes for connection handlers. */

#ifndef MP_CONNECTION_H
#define MP_CONNECTION_H

#include "interpreter.h"

/* INTERPRETER has an object for the connection, and will be told when it closes. */
void mp_connection_visit(conn_rec *c, mp_interpreter *interpreter);

/* For Python, without the GIL. Up to SIZE bytes, at least one unless the peer has closed; an apr_status_t. */
int mp_connection_read(conn_rec *c, char *buffer, size_t size, size_t *count);

/* Sends DATA at once. */
int mp_connection_write(conn_rec *c, const char *data, size_t length);

#endif
