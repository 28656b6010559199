// Publishes, lists, downloads, deletes and releases with go-gitlab, and prints what it saw as JSON, for a test to judge.
// Arguments: the server's address, the kind of token, the token, the project's path, the path of its group (empty where
// the token does not reach it), a file to publish, and a version.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/xanzy/go-gitlab"
)

// The client sends dots and slashes escaped: tool_1%2E0%2E0_linux%2Etar%2Egz, linux%2Famd64%2Ftool%2Ebin.
const plainName = "tool_1.0.0_linux.tar.gz"
const deepName = "linux/amd64/tool.bin"

func main() {
	if len(os.Args) != 8 {
		fmt.Fprintln(os.Stderr, "seven arguments are needed")
		os.Exit(2)
	}
	seen, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(seen); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func connect(url, kind, token string) (*gitlab.Client, error) {
	base := gitlab.WithBaseURL(url)
	switch kind {
	case "job":
		return gitlab.NewJobClient(token, base, gitlab.WithoutRetries())
	case "oauth":
		return gitlab.NewOAuthClient(token, base, gitlab.WithoutRetries())
	default:
		return gitlab.NewClient(token, base, gitlab.WithoutRetries())
	}
}

func run(words []string) (map[string]interface{}, error) {
	client, err := connect(words[0], words[1], words[2])
	if err != nil {
		return nil, err
	}
	project, group, path, version := words[3], words[4], words[5], words[6]
	seen := map[string]interface{}{}
	for _, step := range []func() error{
		func() error { return publish(client, project, path, version, seen) },
		func() error { return list(client, project, group, version, seen) },
		func() error { return release(client, project, version, seen) },
		func() error { return remove(client, project, version, seen) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// publish sends an open file, whose length the client does not know, and the same from memory.
func publish(client *gitlab.Client, project, path, version string, seen map[string]interface{}) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	row := gitlab.GenericPackageSelectValue("package_file")
	plain, err := publishOpenFile(client, project, version, plainName, path, &gitlab.PublishPackageFileOptions{Select: &row})
	if err != nil {
		return err
	}
	seen["row"] = map[string]interface{}{"file_name": plain.FileName, "size": plain.Size, "sha256": plain.FileSHA256, "has_url": plain.File.URL != ""}
	if _, err = publishOpenFile(client, project, version, deepName, path, nil); err != nil {
		return err
	}
	if _, _, err = client.GenericPackages.PublishPackageFile(project, "go", version, "memory.bin", bytes.NewReader(content), nil); err != nil {
		return err
	}
	same := map[string]bool{}
	for _, name := range []string{plainName, deepName, "memory.bin"} {
		got, _, err := client.GenericPackages.DownloadPackageFile(project, "go", version, name)
		if err != nil {
			return err
		}
		same[name] = bytes.Equal(got, content)
	}
	seen["same"] = same
	_, response, err := client.GenericPackages.DownloadPackageFile(project, "go", version, "nothing.bin")
	seen["missing"] = failure(response, err)
	return nil
}

func publishOpenFile(client *gitlab.Client, project, version, name, path string, options *gitlab.PublishPackageFileOptions) (*gitlab.GenericPackagesFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	row, _, err := client.GenericPackages.PublishPackageFile(project, "go", version, name, file, options)
	return row, err
}

func list(client *gitlab.Client, project, group, version string, seen map[string]interface{}) error {
	found, err := find(client, project, version)
	if err != nil {
		return err
	}
	files, response, err := client.Packages.ListPackageFiles(project, found.ID, &gitlab.ListPackageFilesOptions{PerPage: 2})
	if err != nil {
		return err
	}
	names := []string{}
	for _, file := range files {
		names = append(names, file.FileName)
	}
	seen["first_files"] = names
	seen["pages"] = []int{response.TotalItems, response.TotalPages, response.ItemsPerPage, response.CurrentPage, response.NextPage}
	if group == "" {
		return nil
	}
	inGroup, _, err := client.Packages.ListGroupPackages(group, &gitlab.ListGroupPackagesOptions{PackageName: gitlab.String("go")})
	if err != nil {
		return err
	}
	paths := map[string]bool{}
	for _, item := range inGroup {
		paths[item.ProjectPath] = true
	}
	seen["in_group"] = paths
	return nil
}

func find(client *gitlab.Client, project, version string) (*gitlab.Package, error) {
	options := &gitlab.ListProjectPackagesOptions{PackageType: gitlab.String("generic"), PackageName: gitlab.String("go")}
	packages, _, err := client.Packages.ListProjectPackages(project, options)
	if err != nil {
		return nil, err
	}
	for _, item := range packages {
		if item.Version == version {
			return item, nil
		}
	}
	return nil, fmt.Errorf("version %s is not in the list", version)
}

// release does what release tools do after their uploads: look whether the release is there, make it, add a link.
func release(client *gitlab.Client, project, version string, seen map[string]interface{}) error {
	tag := "v" + version
	_, response, err := client.Releases.GetRelease(project, tag)
	seen["release_before"] = failure(response, err)
	address, err := client.GenericPackages.FormatPackageURL(project, "go", version, plainName)
	if err != nil {
		return err
	}
	address = client.BaseURL().String() + address
	created, _, err := client.Releases.CreateRelease(project, &gitlab.CreateReleaseOptions{
		Name: gitlab.String("Release " + version), TagName: gitlab.String(tag), Description: gitlab.String("Made by Go"), Ref: gitlab.String("main"),
	})
	if err != nil {
		return err
	}
	link, _, err := client.ReleaseLinks.CreateReleaseLink(project, tag, &gitlab.CreateReleaseLinkOptions{
		Name: gitlab.String(plainName), URL: gitlab.String(address), FilePath: gitlab.String("/" + plainName),
	})
	if err != nil {
		return err
	}
	_, again, err := client.ReleaseLinks.CreateReleaseLink(project, tag, &gitlab.CreateReleaseLinkOptions{
		Name: gitlab.String(plainName), URL: gitlab.String(address),
	})
	seen["link_again"] = failure(again, err)
	read, _, err := client.Releases.GetRelease(project, tag)
	if err != nil {
		return err
	}
	seen["release"] = map[string]interface{}{"name": created.Name, "links": len(read.Assets.Links), "link_url": link.URL, "link_name": link.Name}
	_, _, err = client.Releases.DeleteRelease(project, tag)
	return err
}

func remove(client *gitlab.Client, project, version string, seen map[string]interface{}) error {
	found, err := find(client, project, version)
	if err != nil {
		return err
	}
	files, _, err := client.Packages.ListPackageFiles(project, found.ID, nil)
	if err != nil {
		return err
	}
	fileGone, err := client.Packages.DeletePackageFile(project, found.ID, files[0].ID)
	if err != nil {
		return err
	}
	left, _, err := client.Packages.ListPackageFiles(project, found.ID, nil)
	if err != nil {
		return err
	}
	packageGone, err := client.Packages.DeleteProjectPackage(project, found.ID)
	if err != nil {
		return err
	}
	_, response, err := client.Packages.ListPackageFiles(project, found.ID, nil)
	seen["removed"] = []int{fileGone.StatusCode, len(left), packageGone.StatusCode}
	seen["gone"] = failure(response, err)
	return nil
}

// failure gives the status and the text of an error that the server told.
func failure(response *gitlab.Response, err error) interface{} {
	var told *gitlab.ErrorResponse
	if response == nil || !errors.As(err, &told) {
		return fmt.Sprint(err)
	}
	return []interface{}{response.StatusCode, told.Message}
}
