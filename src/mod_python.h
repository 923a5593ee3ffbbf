/* What every file of the module needs: httpd, the module's identity, and how it logs. */

#ifndef MOD_PYTHON_H
#define MOD_PYTHON_H

#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "build_config.h"

/* Log lines carry the module's name, so that "LogLevel python:debug" works. */
APLOG_USE_MODULE(python);

/* The stable identifier in front of every message; docs/messages.md explains each. */
#define MPLOGNO(number) "MP" #number ": "

#define MP_MAIN_INTERPRETER "main_interpreter"

#endif
