"""Guards at several steps of a path."""


class Room:
    __auth_realm__ = "Room"

    def __init__(self, *guests):
        self.__access__ = guests

    def enter(self):
        return "come in"


class House:
    __auth_realm__ = "House"
    __auth__ = {"eggs": "spam", "joe": "eoj"}
    kitchen = Room("eggs", "joe")
    cellar = Room("eggs")


house = House()
