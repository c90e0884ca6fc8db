"""Generated names on servers that take names for others: nothing foreign is touched, nothing left behind."""

from __future__ import annotations

from foreign_objects import PREFIX, plant, rewriting, snapshot, strayed
from misreading_services import SERVERS
from served_targets import serving

RUN = ("--oss-seed", "7", "--oss-budget", "quick", "--oss-prefix", PREFIX, "-k", "test_generated")


def test_no_generated_name_leads_to_a_foreign_object(command_line, faults):
    seen = []
    with serving(command_line, make=rewriting(SERVERS["all of it"], seen)) as served:
        before = plant(served, faults)
        seen.clear()
        done = served.run(served.arguments(*RUN))
        assert done.code in (0, 1, 6), done.out + done.err
        assert len(seen) > 500, done.out
        assert snapshot(served) == before
        assert strayed(seen) == []
        left = {(bucket, name) for bucket, names in served.left().items() for name in names}
        assert left == set(before), "something was left behind, or something foreign is gone"
