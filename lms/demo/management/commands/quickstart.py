import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext

from lms.demo import quickstart
from lms.demo.city import LARGEST, SMALLEST
from lms.demo.supervisor import Supervisor, web_command, worker_command
from lms.home.domain.setup import create_setup_link, has_administrator


class Command(BaseCommand):
    help = "Prepare the data folder, load the demo once, and serve web and background work."
    # They load every view, which takes longer than all else on a second start.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="on 127.0.0.1 (8000)")
        parser.add_argument(
            "--people", type=int, default=300, help=f"of the demo: {SMALLEST} to {LARGEST} (300)"
        )
        parser.add_argument("--empty", action="store_true", help="start without the demo")
        parser.add_argument("--no-serve", action="store_true", help="end when all is loaded")

    def handle(self, **options: Any) -> None:
        self._check(options)
        try:
            if not options["no_serve"]:
                quickstart.refuse_taken_port(options["port"])
            with quickstart.folder_in_use():
                mode = quickstart.EMPTY if options["empty"] else quickstart.DEMO
                quickstart.refuse_other_mode(mode)
                self._environment(mode, options["port"])
                self._prepare(mode, options["people"])
                if options["no_serve"]:
                    self._tell_who(mode, options["port"])
                else:
                    self._serve(mode, options["port"])
        except quickstart.CannotStart as problem:
            raise CommandError(str(problem)) from problem

    def _check(self, options: dict[str, Any]) -> None:
        if settings.SETTINGS_MODULE == "lms.settings.production":
            raise CommandError(
                "quickstart is for the embedded product. In production start gunicorn and Celery "
                "as README.md says."
            )
        if not 1 <= options["port"] <= 65535:
            raise CommandError(gettext("Choose a port from 1 to 65535."))
        if not SMALLEST <= options["people"] <= LARGEST:
            raise CommandError(
                gettext("The demo can have %(smallest)s to %(largest)s people.")
                % {"smallest": SMALLEST, "largest": LARGEST}
            )

    def _environment(self, mode: str, port: int) -> None:
        """For the processes that this one starts."""
        os.environ["LMS_DEMO"] = "1" if mode == quickstart.DEMO else "0"
        os.environ["DJANGO_SETTINGS_MODULE"] = settings.SETTINGS_MODULE
        os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare(self, mode: str, people: int) -> None:
        quickstart.make_folders()
        database = quickstart.database_stamp()
        if not database.is_current or quickstart.has_unapplied_migrations():
            self._say(gettext("Preparing the database …"))
            call_command("migrate", interactive=False, verbosity=0)
            database.renew()
        loaded = quickstart.loaded_with() if mode == quickstart.DEMO else None
        if mode == quickstart.DEMO and loaded is None:
            quickstart.refuse_real_people()
        quickstart.keep_mode(mode)
        static = quickstart.static_stamp()
        work = []
        if not static.is_current:
            self._say(gettext("Collecting pictures, styles and scripts …"))
            work.append(quickstart.Background(quickstart.COLLECT_STATIC))
        if not quickstart.fonts_are_ready():
            self._say(gettext("Preparing the typeface of certificates (once) …"))
            work.append(quickstart.Background(quickstart.PREPARE_FONTS))
        try:
            if mode == quickstart.DEMO:
                self._load(loaded, people)
            for task in work:
                task.wait()
        finally:
            for task in work:
                task.stop()
        static.renew()

    def _load(self, loaded: int | None, people: int) -> None:
        if loaded is None:
            self._say(
                gettext("Loading the demo city with %(people)s people (once) …")
                % {"people": people}
            )
            # Only the first start pays for what this draws in.
            from lms.demo.loading import load_demo

            load_demo(people=people, at=timezone.now())
        elif loaded != people:
            self._say(
                gettext("The demo has %(people)s people already and stays as it is.")
                % {"people": loaded}
            )
        quickstart.write_accounts()

    def _serve(self, mode: str, port: int) -> None:
        self._say(gettext("Starting …"))
        connections.close_all()
        host = settings.ALLOWED_HOSTS[0].lstrip(".")
        code = Supervisor(
            commands={"web": web_command(port), "worker": worker_command()},
            health_url=f"http://127.0.0.1:{port}/healthz",
            host="127.0.0.1" if host == "*" else host,
            folder=settings.BASE_DIR,
        ).run(on_ready=lambda: self._ready(mode, port))
        if code:
            raise SystemExit(code)
        self._say(gettext("Ended. All data is kept."))

    def _ready(self, mode: str, port: int) -> None:
        address = f"http://127.0.0.1:{port}"
        self._say("")
        self._tell_who(mode, port)
        self._say("")
        self._say(
            gettext("READY: %(site)s/ (learning)  %(site)s/cms/ (writing and administration)")
            % {"site": address}
        )
        self._say(gettext("Ctrl-C ends everything."))

    def _tell_who(self, mode: str, port: int) -> None:
        if mode == quickstart.DEMO:
            self._say(gettext("Accounts to try (sample data, fictional):"))
            self._say(quickstart.account_table())
        elif not has_administrator():
            link = create_setup_link(at=timezone.now())
            self._say(gettext("Set up the first administrator here (the link works once):"))
            self._say(f"  http://127.0.0.1:{port}{link}")
