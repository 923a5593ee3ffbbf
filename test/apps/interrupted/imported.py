value = 1


def application(environ, start_response):
    return []
