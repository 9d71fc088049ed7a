from lms.people.models import Person


def can_use_admin(person: Person) -> bool:
    return person.has_perm("wagtailadmin.access_admin")
