"""Pages of privacy: one's own data, requests and restrictions, breaches, the register, retention,
holds, reports, and a file that the authority opens."""

from alliance.privacy.views import (
    breaches,
    holds,
    inspecting,
    own,
    register,
    report,
    requests,
    restrictions,
)

ROUTES = [
    *own.ROUTES,
    *register.ROUTES,
    *requests.ROUTES,
    *restrictions.ROUTES,
    *breaches.ROUTES,
    *report.ROUTES,
    *holds.ROUTES,
    *inspecting.ROUTES,
]
