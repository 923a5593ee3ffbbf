def index():
    return "the index of sub"
