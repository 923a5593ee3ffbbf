/* THE scalar-option table: fields, defaults, merging, commands and req.get_config() all come from this one list. */

#ifndef MP_OPTIONS_H
#define MP_OPTIONS_H

#include "phases.h"

/* X(field, directive, kind, default, reach, help) -- kind is FLAG (On or Off), TEXT or TIMEOUT. */
#define MP_OPTIONS(X)                                                                                                  \
    X(path, "PythonPath", TEXT, NULL, MP_REACH_ANYWHERE, "a Python expression whose value becomes sys.path")           \
    X(interpreter, "PythonInterpreter", TEXT, NULL, MP_REACH_ANYWHERE, "the name of the interpreter to use")           \
    X(interp_per_directory, "PythonInterpPerDirectory", FLAG, 0, MP_REACH_ANYWHERE,                                    \
      "one interpreter for each directory of requested files: On or Off")                                              \
    X(interp_per_directive, "PythonInterpPerDirective", FLAG, 0, MP_REACH_ANYWHERE,                                    \
      "one interpreter for each section with a handler directive: On or Off")                                          \
    X(auto_reload, "PythonAutoReload", FLAG, 1, MP_REACH_ANYWHERE, "reload changed modules: On or Off")                \
    X(debug, "PythonDebug", FLAG, 0, MP_REACH_ANYWHERE, "show errors to the client: On or Off")                        \
    X(debug_public, "PythonDebugPublic", FLAG, 0, MP_REACH_HOST, "debug on addresses that others reach: On or Off")    \
    X(enable_pdb, "PythonEnablePdb", FLAG, 0, MP_REACH_ANYWHERE, "run handlers in pdb, in single-process mode")        \
    X(allow_htaccess, "PythonAllowHtaccess", FLAG, 1, MP_REACH_HOST, "directives in .htaccess: On or Off")             \
    X(request_timeout, "PythonRequestTimeout", TIMEOUT, NULL, MP_REACH_SECTION,                                        \
      "a time or Off; then optionally log= and exit=, with times")                                                     \
    X(optimize, "PythonOptimize", FLAG, 0, MP_REACH_PROCESS, "start Python with -O: On or Off")                        \
    X(home, "PythonHome", TEXT, NULL, MP_REACH_PROCESS, "a virtual environment, or the prefix of a Python")            \
    X(status, "PythonStatus", FLAG, 0, MP_REACH_PROCESS, "count calls and times for mod_python.status: On or Off")

#endif
