def index(req):
    return "Hello"
