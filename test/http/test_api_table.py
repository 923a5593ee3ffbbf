"""Tables."""

import pytest
from remote import CONFIG, Remote

# A key with two values, one without.
THREE = "t = apache.table(); t.add('Set-Cookie', 'a=1'); t.add('X', 'y'); t.add('SET-COOKIE', 'b=2');"
ITEMS = [("Set-Cookie", "a=1"), ("X", "y"), ("SET-COOKIE", "b=2")]


@pytest.fixture(scope="module")
def python(serve_module):
    return Remote(serve_module(CONFIG, app="api", processes=1))


class TestConstruction:
    @pytest.mark.parametrize(
        ("arguments", "items"),
        [
            ("", []),
            ("{'a': '1', 'B': '2'}", [("a", "1"), ("B", "2")]),
            ("[('a', '1'), ['b', '2'], 'cd']", [("a", "1"), ("b", "2"), ("c", "d")]),
            ("items=[('a', '1')]", [("a", "1")]),
            ("[('a', '1'), ('A', '2')]", [("a", "2")]),
            ("{'a': 1, 2: 'b', 'c': 1.5}", [("a", "1"), ("2", "b"), ("c", "1.5")]),
        ],
    )
    def test_a_table_is_made_of_a_mapping_or_pairs(self, python, arguments, items):
        assert python(f"apache.table({arguments}).items()") == items

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ("5", TypeError),
            ("[5]", TypeError),
            ("[('a', 'b', 'c')]", ValueError),
            ("['a']", ValueError),
            ("{}, {}", TypeError),
            ("other=1", TypeError),
            ("{'a': 'b\\0c'}", ValueError),
        ],
    )
    def test_anything_else_is_refused(self, python, arguments, error):
        with pytest.raises(error):
            python(f"apache.table({arguments})")

    def test_bytes_are_stored_raw_and_none_is_refused(self, python):
        assert python("apache.table({'a': b'\\xe9\\xff'}).items()") == [("a", "\udce9\udcff")]
        assert python("t = apache.table(); t.update({b'a': b'1'}); t.items()") == [("a", "1")]
        for code in ("apache.table({'a': None})", "apache.table([(None, 'a')])", "apache.table().update({'a': None})"):
            with pytest.raises(TypeError, match="must be str or bytes, not NoneType"):
                python(code)

    def test_a_table_of_a_table_keeps_every_entry(self, python):
        assert python(THREE + "apache.table(t).items()") == ITEMS

    def test_both_names_are_the_type(self, python):
        assert python("apache.make_table is apache.table, str(type(apache.table()))") == (True, "<class 'mp_table'>")


class TestReading:
    def test_a_subscript_is_the_value_or_the_list_of_values(self, python):
        assert python(THREE + "t['x'], t['set-cookie'], t[b'X']") == ("y", ["a=1", "b=2"], "y")

    def test_many_values_come_all(self, python):
        assert python("t = apache.table()\nfor n in range(9): t.add('a', str(n))\nt['a']") == list("012345678")

    def test_a_missing_key_is_a_key_error(self, python):
        with pytest.raises(KeyError, match="gone"):
            python(THREE + "t['gone']")

    def test_a_space_in_a_key_is_a_character_like_any_other(self, python):
        with pytest.raises(KeyError):
            python("apache.table({'Content Type': 'x'})['ContentType']")

    @pytest.mark.parametrize(
        "use", ["t[5]", "t.get(None)", "5 in t", "t.has_key(None)", "t.setdefault(1)", "t.add(1, 'a')"]
    )
    def test_a_key_that_is_no_text_is_a_type_error_that_names_the_type(self, python, use):
        with pytest.raises(TypeError, match="key must be str or bytes, not (int|NoneType)"):
            python(THREE + use)

    def test_membership_ignores_case(self, python):
        assert python(THREE + "'x' in t, b'set-cookie' in t, 'y' in t") == (True, True, False)
        assert python(THREE + "t.has_key('x'), t.has_key('y')") == (True, False)

    def test_get_returns_the_first_value_or_the_default(self, python):
        assert python(THREE + "t.get('set-cookie'), t.get('q'), t.get('q', 5)") == ("a=1", None, 5)

    def test_listings_keep_order_spelling_and_duplicates(self, python):
        assert python(THREE + "t.items(), t.keys(), t.values()") == (
            ITEMS,
            [key for key, _ in ITEMS],
            [value for _, value in ITEMS],
        )

    def test_iterators_give_what_the_lists_give(self, python):
        assert python(THREE + "list(t) == list(t.iterkeys()) == t.keys()") is True
        assert python(THREE + "list(t.itervalues()) == t.values(), list(t.iteritems()) == t.items()") == (True, True)

    def test_iterators_have_a_method_next(self, python):
        assert python(THREE + "i = t.iteritems(); i.next(), next(i), list(i)") == (ITEMS[0], ITEMS[1], ITEMS[2:])

    @pytest.mark.parametrize("change", ["t.add('z', '1')", "del t['x']"])
    def test_a_change_of_size_ends_an_iteration(self, python, change):
        with pytest.raises(RuntimeError, match="changed size"):
            python(THREE + f"\nfor key in t: {change}")

    def test_a_change_of_value_does_not(self, python):
        assert python(THREE + "\nfor key in t: t['x'] = 'z'\nt['X']") == "z"

    def test_len_counts_entries_and_an_empty_table_is_false(self, python):
        assert python(THREE + "len(t), bool(t), bool(apache.table())") == (3, True, False)

    def test_repr_is_that_of_a_dict_in_order(self, python):
        assert python("t = apache.table([('a', 'é'), ('b', '1')]); repr(t), str(t)") == ("{'a': 'é', 'b': '1'}",) * 2

    def test_an_entry_of_a_request_that_has_no_value_reads_as_text(self, python):
        """Whatever mod_mime and others park in the notes."""
        assert python("all(isinstance(v, str) for v in req.notes.values())")


class TestComparison:
    def test_a_table_equals_a_dict_of_the_same_entries_both_ways(self, python):
        one = "t = apache.table({'a': '1'}); "
        assert python(one + "t == {'a': '1'}, {'a': '1'} == t, t != {'a': '1'}, t == {'A': '1'}") == (
            True,
            True,
            False,
            False,
        )

    def test_a_key_with_several_values_holds_their_list(self, python):
        code = "t = apache.table(); t.add('a', '1'); t.add('a', '2'); t.add('a', '3'); t == {'a': ['1', '2', '3']}"
        assert python(code) is True

    def test_tables_are_compared_by_content(self, python):
        assert python("t = apache.table({'a': '1'}); t == t.copy(), t == apache.table()") == (True, False)

    @pytest.mark.parametrize("other", ["5", "None", "'a'", "[('a', '1')]"])
    def test_anything_else_is_not_equal(self, python, other):
        assert python(f"t = apache.table({{'a': '1'}}); t == {other}, t != {other}") == (False, True)

    @pytest.mark.parametrize("use", ["t < t", "hash(t)", "t | t", "reversed(t)"])
    def test_tables_have_no_order_hash_or_union(self, python, use):
        with pytest.raises(TypeError):
            python(f"t = apache.table(); {use}")

    @pytest.mark.parametrize("name", ["fromkeys", "other"])
    def test_there_are_no_other_attributes(self, python, name):
        with pytest.raises(AttributeError):
            python(f"apache.table().{name}")
        with pytest.raises(AttributeError):
            python(f"t = apache.table(); t.{name} = 1")


class TestWriting:
    def test_setting_replaces_all_entries_and_keeps_the_first_one_s_place_and_spelling(self, python):
        assert python(THREE + "t['SET-cookie'] = 'c'; t.items()") == [("Set-Cookie", "c"), ("X", "y")]

    @pytest.mark.parametrize("value", ["5", "None", "[]", "1.5", "object()"])
    def test_a_value_that_is_no_text_is_refused(self, python, value):
        with pytest.raises(TypeError, match="value must be str or bytes, not "):
            python(f"apache.table()['a'] = {value}")
        with pytest.raises(TypeError):
            python(f"apache.table().add('a', {value})")

    def test_subclasses_of_str_and_bytes_are_text(self, python):
        code = """
        class Text(str): pass
        class Raw(bytes): pass
        apache.table([(Text('a'), Raw(b'1')), (Raw(b'b'), Text('2'))]).items()
        """
        assert python(code) == [("a", "1"), ("b", "2")]

    @pytest.mark.parametrize("text", ["a\\0b", "\\0"])
    def test_nul_is_refused(self, python, text):
        for code in (f"t['a'] = '{text}'", f"t['{text}'] = 'a'", f"t.add('a', b'{text}')"):
            with pytest.raises(ValueError, match="NUL"):
                python("t = apache.table(); " + code)

    @pytest.mark.parametrize("name", ["headers_in", "headers_out", "err_headers_out"])
    @pytest.mark.parametrize("text", ["a\\r\\nb", "a\\nb", "a\\r"])
    def test_line_ends_are_refused_in_headers(self, python, name, text):
        for code in (
            f"t['a'] = '{text}'",
            f"t['{text}'] = 'a'",
            f"t.add('a', b'{text}')",
            f"t.update({{'a': '{text}'}})",
        ):
            with pytest.raises(ValueError, match="CR or LF"):
                python(f"t = req.{name}; {code}")

    def test_line_ends_are_text_elsewhere(self, python):
        assert python("req.notes['a'] = 'b\\r\\nc'; req.notes['a']") == "b\r\nc"

    def test_deleting_removes_all_entries_and_a_missing_key_is_no_error(self, python):
        assert python(THREE + "del t['set-cookie']; del t['gone']; t.items()") == [("X", "y")]

    def test_add_keeps_what_is_there(self, python):
        assert python("t = apache.table({'a': '1'}); t.add('A', '2'); t.items()") == [("a", "1"), ("A", "2")]

    @pytest.mark.parametrize("arguments", ["", "'a'", "'a', 'b', 'c'"])
    def test_add_takes_key_and_value(self, python, arguments):
        with pytest.raises(TypeError):
            python(f"apache.table().add({arguments})")

    def test_setdefault_stores_and_returns_the_default(self, python):
        code = (
            "t = apache.table({'a': '1'}); t.setdefault('A', '2'), t.setdefault('b', '3'), t.setdefault('c'), t.items()"
        )
        assert python(code) == ("1", "3", "", [("a", "1"), ("b", "3"), ("c", "")])

    def test_setdefault_refuses_a_default_that_is_no_text(self, python):
        with pytest.raises(TypeError):
            python("apache.table().setdefault('a', 5)")

    def test_update_sets_each_key_of_a_mapping(self, python):
        assert python(THREE + "t.update({'x': 5, 'set-cookie': 'c'}); t.items()") == [("Set-Cookie", "c"), ("X", "5")]

    def test_update_refuses_pairs_and_keywords(self, python):
        with pytest.raises(AttributeError):
            python("apache.table().update([('a', '1')])")
        with pytest.raises(TypeError):
            python("apache.table().update(a='1')")

    def test_popitem_removes_the_entry_it_returns(self, python):
        code = THREE + "popped = [t.popitem() for _ in range(3)]; popped, t.items()"
        assert python(code) == (ITEMS, [])
        with pytest.raises(KeyError):
            python("apache.table().popitem()")

    def test_popitem_of_a_request_s_table_leaves_the_others(self, python):
        code = "t = req.headers_in; before = t.items(); [t.popitem()] + t.items() == before"
        assert python(code) is True

    def test_pop_removes_and_returns_what_the_subscript_is(self, python):
        assert python(THREE + "t.pop('set-cookie'), t.pop('q', 5), t.items()") == (["a=1", "b=2"], 5, [("X", "y")])
        with pytest.raises(KeyError):
            python("apache.table().pop('a')")

    def test_clear_removes_everything(self, python):
        assert python(THREE + "t.clear(); t.items()") == []

    def test_a_copy_is_independent_and_keeps_duplicates(self, python):
        code = THREE + "import copy; c = t.copy(); c.add('n', '1'); d = copy.copy(t); t.items(), c.items(), d.items()"
        assert python(code) == (ITEMS, [*ITEMS, ("n", "1")], ITEMS)

    def test_what_is_read_is_written_back_as_it_was(self, python):
        code = "req.headers_out['X-Back'] = req.headers_in['X-Raw']"
        answer = python.server.raw(
            b"GET /run HTTP/1.0\r\nX-Raw: caf\xe9 \xf0\x9f\x8d\xb5 \xff\r\nX-Python: " + code.encode() + b"\r\n\r\n"
        )
        assert b"X-Back: caf\xe9 \xf0\x9f\x8d\xb5 \xff\r\n" in answer

    def test_a_lone_surrogate_that_is_no_byte_is_a_value_error(self, python):
        with pytest.raises(ValueError, match="surrogates"):
            python("apache.table()['a'] = '\\ud800'")


class TestViews:
    def test_a_request_s_table_is_one_object_and_live(self, python):
        response = python.run("t = req.headers_out; t['X-A'] = 'b'; assert t is req.headers_out")
        assert response.headers["X-A"] == "b"

    def test_repeated_headers_go_out_repeated(self, python):
        response = python.run("req.headers_out.add('Set-Cookie', 'a=1'); req.headers_out.add('Set-Cookie', 'b=2')")
        assert response.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]

    def test_a_table_of_its_own_outlives_the_request(self, python):
        python("kept['own'] = apache.table({'a': '1'}); None")
        assert python("kept['own'].items()") == [("a", "1")]

    def test_values_that_are_no_utf8_crash_nothing(self, python):
        raw = b"GET /value HTTP/1.0\r\nX-Raw: \xe9\r\nX-Python: req.headers_in['X-Raw'], "
        raw += b"len(req.headers_in.items()), len(req.headers_in.values()), len(req.headers_in.keys())\r\n\r\n"
        assert rb"'\udce9', 2, 2, 2" in python.server.raw(raw)
