/* What the module keeps for one connection: the interpreters that hold a Python object for it. */

#ifndef MP_CONNECTION_H
#define MP_CONNECTION_H

#include "interpreter.h"

/* INTERPRETER has an object for the connection, and will be told when it closes. */
void mp_connection_visit(conn_rec *c, mp_interpreter *interpreter);

#endif
