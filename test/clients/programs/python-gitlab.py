"""Works in a project with python-gitlab and prints what it saw as JSON, for a test to judge.

Arguments: which scenario, the server's address, the kind of token, the token, the project's path, a folder for files.
"""
import hashlib
import json
import os
import sys

import gitlab


def connect(url, kind, token):
    given = {
        "private": {"private_token": token},
        "job": {"job_token": token},
        "oauth": {"oauth_token": token},
        "basic": {"http_username": "anyone", "http_password": token},
    }
    return gitlab.Gitlab(url, **given[kind])


def failure(call):
    """The class, the status and the text of the error that a call raises."""
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        return [type(error).__name__, error.response_code, error.error_message]
    return None


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def transfer(client, project_path, folder):
    """Uploads and downloads, as a pipeline does: the path is not looked up."""
    project = client.projects.get(project_path, lazy=True)
    content = os.urandom(3_000_000)
    path = os.path.join(folder, "content.bin")
    empty = os.path.join(folder, "empty.bin")
    with open(path, "wb") as file:
        file.write(content)
    with open(empty, "wb") as file:
        file.write(b"")
    packages = project.generic_packages
    messages = [packages.upload("python", "1.0.0", name, path).message for name in ("a.bin", "data.json", "deep/er/b.bin")]
    empty_message = packages.upload("python", "1.0.0", "empty.bin", empty).message
    streamed = bytearray()
    packages.download("python", "1.0.0", "a.bin", streamed=True, action=streamed.extend)
    return {
        "messages": messages,
        "same": [packages.download("python", "1.0.0", name) == content for name in ("a.bin", "data.json", "deep/er/b.bin")],
        "same_streamed": bytes(streamed) == content,
        "empty_message": empty_message,
        "empty": packages.download("python", "1.0.0", "empty.bin").decode(),
        "sha256": sha256(content),
    }


def manage(client, project_path, folder):
    """Lists and deletes packages, over several pages."""
    project = client.projects.get(project_path)
    path = os.path.join(folder, "file.txt")
    with open(path, "wb") as file:
        file.write(b"some text")
    versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "2.0.0"]
    for version in versions:
        project.generic_packages.upload("managed", version, "file.txt", path)
    project.generic_packages.upload("managed", "2.0.0", "second.txt", path)
    everything = project.packages.list(package_type="generic", package_name="managed", per_page=2, get_all=True)
    paged = project.packages.list(package_name="managed", per_page=2, iterator=True)
    totals = [paged.total, paged.total_pages, paged.current_page, paged.next_page, paged.prev_page, paged.per_page]
    walked = [package.version for package in paged]
    keyset = project.packages.list(package_name="managed", per_page=2, get_all=True, pagination="keyset", order_by="created_at", sort="asc")
    newest = everything[-1]
    one = project.packages.get(newest.id)
    files = newest.package_files.list(get_all=True)
    group = client.groups.get(project.namespace["id"])
    in_group = group.packages.list(package_name="managed", get_all=True)
    files[1].delete()
    left = [file.file_name for file in newest.package_files.list(get_all=True)]
    newest.delete()
    return {
        "listed": [package.version for package in everything],
        "walked": walked,
        "keyset": [package.version for package in keyset],
        "totals": totals,
        "one": [one.name, one.version, sorted(other["version"] for other in one.versions)],
        "files": [[file.file_name, file.size, file.file_sha256 == sha256(b"some text")] for file in files],
        "in_group": sorted({package.project_path for package in in_group}),
        "left": left,
        "gone": failure(lambda: project.packages.get(newest.id)),
    }


def surround(client, project_path, _folder):
    """What scripts do around the packages: who am I, variables, deploy tokens, releases, members, tokens."""
    client.auth()
    project = client.projects.get(project_path)
    variable = project.variables.create({"key": "VERSION", "value": "1.2.3"})
    variable.value = "1.2.4"
    variable.save()
    read = project.variables.get("VERSION").value
    keys = [item.key for item in project.variables.list(get_all=True)]
    project.variables.delete("VERSION")
    token = project.deploytokens.create({"name": "python", "scopes": ["read_package_registry"]})
    named = [item.name for item in project.deploytokens.list(get_all=True)]
    token.delete()
    release = project.releases.create({"tag_name": "v1.0.0", "name": "One", "description": "First"})
    link = release.links.create({"name": "file", "url": f"{client.url}/file.txt", "link_type": "package"})
    releases = [[item.tag_name, item.name] for item in project.releases.list(get_all=True)]
    links = [item.name for item in release.links.list(get_all=True)]
    link.delete()
    project.releases.delete("v1.0.0")
    access = project.access_tokens.create({"name": "python", "scopes": ["api"], "access_level": 30, "expires_at": "2099-01-01"})
    return {
        "user": client.user.username,
        "server_version": client.version()[0],
        "project": [project.path_with_namespace, project.visibility, project.permissions["project_access"]["access_level"]],
        "variable": [read, keys, failure(lambda: project.variables.get("VERSION"))],
        "deploy_token": [token.username != "", token.token != "", "python" in named],
        "release": [releases, links, failure(lambda: project.releases.get("v1.0.0"))],
        "members": sorted(member.username for member in project.members_all.list(get_all=True)),
        "project_token_reads": connect(client.url, "private", access.token).projects.get(project_path).path_with_namespace,
    }


def fail(client, project_path, folder):
    """How failures are raised."""
    project = client.projects.get(project_path)
    path = os.path.join(folder, "file.txt")
    with open(path, "wb") as file:
        file.write(b"some text")
    unknown = connect(client.url, "private", "glpat-no-such-token")
    return {
        "missing_file": failure(lambda: project.generic_packages.download("nothing", "1.0.0", "file.txt")),
        "missing_project": failure(lambda: client.projects.get("no/such/project")),
        "bad_version": failure(lambda: project.generic_packages.upload("failing", "1..0", "file.txt", path)),
        "bad_token": failure(lambda: unknown.projects.get(project_path)),
        "bad_token_upload": failure(lambda: unknown.projects.get(project_path, lazy=True).generic_packages.upload("failing", "1.0.0", "file.txt", path)),
    }


scenario, url, kind, token, project_path, folder = sys.argv[1:]
scenarios = {"transfer": transfer, "manage": manage, "surround": surround, "fail": fail}
print(json.dumps(scenarios[scenario](connect(url, kind, token), project_path, folder)))
