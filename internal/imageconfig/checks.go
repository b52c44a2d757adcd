package imageconfig

import (
	"bulwark/internal/finding"
)

// IDs of the checks. "image-start-…" are about the command that a container is
// started with; "…-unowned" about files that no package of the distribution brought.
const (
	CheckMalformed       = "image-config-malformed"
	CheckUserRoot        = "image-user-root"
	CheckUserUnknown     = "image-user-unknown"
	CheckHealthcheck     = "image-healthcheck-missing"
	CheckPort            = "image-port-management"
	CheckPortPrivileged  = "image-port-privileged"
	CheckEnvSecret       = "image-env-secret"
	CheckBuildArgSecret  = "image-build-arg-secret"
	CheckEnvURL          = "image-env-url-credentials"
	CheckEnvPath         = "image-env-path"
	CheckEnvPreload      = "image-env-preload"
	CheckEnvTLS          = "image-env-tls-off"
	CheckEnvDebug        = "image-env-debug"
	CheckVolume          = "image-volume-sensitive"
	CheckDockerSocket    = "image-docker-socket"
	CheckStartShell      = "image-start-shell"
	CheckStartSSHD       = "image-start-sshd"
	CheckStartSudo       = "image-start-sudo"
	CheckOnBuild         = "image-on-build"
	CheckStopSignal      = "image-stop-signal"
	CheckOld             = "image-old"
	CheckLabels          = "image-labels-missing"
	CheckAddURL          = "image-history-add-url"
	CheckLatest          = "image-tag-latest"
	CheckSetuid          = "image-setuid"
	CheckSetuidUnowned   = "image-setuid-unowned"
	CheckCapability      = "image-capability"
	CheckCapUnowned      = "image-capability-unowned"
	CheckWorldWritable   = "image-world-writable"
	CheckPackageCache    = "image-package-cache"
	CheckWaste           = "image-waste"
	CheckAccountRoot     = "image-account-root"
	CheckAccountEmpty    = "image-account-no-password"
	CheckAccountPassword = "image-account-password"
	CheckAccountTwice    = "image-account-duplicate"
	CheckAccountFile     = "image-account-file-mode"
	CheckSudoers         = "image-sudo-no-password"
	CheckDevice          = "image-device-file"
	CheckGit             = "image-git-directory"
	CheckHostKey         = "image-ssh-host-key"
	CheckAuthorizedKeys  = "image-authorized-keys"
	CheckPreloadFile     = "image-ld-preload-file"
	CheckOwner           = "image-file-owner"
	CheckLeftover        = "image-leftover-files"
)

// Places that many checks rest on.
const (
	urlBuilding   = "https://docs.docker.com/build/building/best-practices/"
	urlReference  = "https://docs.docker.com/reference/dockerfile/"
	urlConfig     = "https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md"
	urlCapability = "https://man7.org/linux/man-pages/man7/capabilities.7.html"
)

// Checks lists the checks of this package. CIS are sections of the CIS Docker
// Benchmark 1.6.0.
func Checks() []finding.Check {
	unrated := finding.Unrated
	all := []finding.Check{
		{ID: CheckMalformed, Severity: finding.Medium, References: []string{urlConfig}, CWE: []string{"CWE-20"}},
		{ID: CheckUserRoot, Severity: finding.Medium, References: []string{urlReference + "#user", urlBuilding + "#user"}, CIS: []string{"Docker 1.6.0 4.1"}, ATTACK: []string{"T1611"}, CWE: []string{"CWE-250"}},
		{ID: CheckUserUnknown, Severity: finding.Low, References: []string{urlReference + "#user"}, CWE: []string{"CWE-1188"}},
		{ID: CheckHealthcheck, Severity: finding.Low, References: []string{urlReference + "#healthcheck"}, CIS: []string{"Docker 1.6.0 4.6"}},
		{ID: CheckPort, Severity: unrated, References: []string{urlReference + "#expose"}, CIS: []string{"Docker 1.6.0 5.9"}, ATTACK: []string{"T1133", "T1021"}, CWE: []string{"CWE-668"}},
		{ID: CheckPortPrivileged, Severity: finding.Negligible, References: []string{"https://docs.kernel.org/networking/ip-sysctl.html"}, CIS: []string{"Docker 1.6.0 5.8"}},
		{ID: CheckEnvSecret, Severity: finding.High, References: []string{urlReference + "#env", "https://docs.docker.com/build/building/secrets/"}, CIS: []string{"Docker 1.6.0 4.10"}, ATTACK: []string{"T1552.001"}, CWE: []string{"CWE-526", "CWE-798"}},
		{ID: CheckBuildArgSecret, Severity: finding.High, References: []string{urlReference + "#arg", "https://docs.docker.com/build/building/secrets/"}, CIS: []string{"Docker 1.6.0 4.10"}, ATTACK: []string{"T1552.001"}, CWE: []string{"CWE-538", "CWE-798"}},
		{ID: CheckEnvURL, Severity: finding.High, References: []string{"https://docs.docker.com/engine/cli/proxy/"}, CIS: []string{"Docker 1.6.0 4.10"}, ATTACK: []string{"T1552.001"}, CWE: []string{"CWE-522"}},
		{ID: CheckEnvPath, Severity: finding.Medium, References: []string{"https://attack.mitre.org/techniques/T1574/007/"}, ATTACK: []string{"T1574.007"}, CWE: []string{"CWE-427"}},
		{ID: CheckEnvPreload, Severity: finding.Low, References: []string{"https://man7.org/linux/man-pages/man8/ld.so.8.html"}, ATTACK: []string{"T1574.006"}, CWE: []string{"CWE-426"}},
		{ID: CheckEnvTLS, Severity: finding.Medium, References: []string{"https://cwe.mitre.org/data/definitions/295.html"}, ATTACK: []string{"T1557"}, CWE: []string{"CWE-295"}},
		{ID: CheckEnvDebug, Severity: finding.Low, References: []string{"https://cwe.mitre.org/data/definitions/489.html"}, ATTACK: []string{"T1190"}, CWE: []string{"CWE-489"}},
		{ID: CheckVolume, Severity: finding.Medium, References: []string{urlReference + "#volume"}, CIS: []string{"Docker 1.6.0 5.6"}, ATTACK: []string{"T1611"}, CWE: []string{"CWE-668"}},
		{ID: CheckDockerSocket, Severity: finding.Medium, References: []string{"https://docs.docker.com/engine/security/#docker-daemon-attack-surface"}, CIS: []string{"Docker 1.6.0 5.32"}, ATTACK: []string{"T1610", "T1611"}, CWE: []string{"CWE-250"}},
		{ID: CheckStartShell, Severity: finding.Negligible, References: []string{urlReference + "#shell-and-exec-form"}},
		{ID: CheckStartSSHD, Severity: finding.Medium, References: []string{"https://attack.mitre.org/techniques/T1021/004/"}, CIS: []string{"Docker 1.6.0 5.7"}, ATTACK: []string{"T1021.004"}, CWE: []string{"CWE-668"}},
		{ID: CheckStartSudo, Severity: finding.Low, References: []string{urlBuilding + "#user"}, ATTACK: []string{"T1548.003"}, CWE: []string{"CWE-250"}},
		{ID: CheckOnBuild, Severity: finding.Low, References: []string{urlReference + "#onbuild"}, ATTACK: []string{"T1195.002"}, CWE: []string{"CWE-829"}},
		{ID: CheckStopSignal, Severity: finding.Low, References: []string{urlReference + "#stopsignal"}},
		{ID: CheckOld, Severity: finding.Negligible, References: []string{urlBuilding + "#rebuild-your-images-often"}, CIS: []string{"Docker 1.6.0 4.4"}, CWE: []string{"CWE-1104"}},
		{ID: CheckLabels, Severity: finding.Negligible, References: []string{"https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md"}},
		{ID: CheckAddURL, Severity: finding.Low, References: []string{urlReference + "#add"}, CIS: []string{"Docker 1.6.0 4.9"}, ATTACK: []string{"T1195.002"}, CWE: []string{"CWE-494"}},
		{ID: CheckLatest, Severity: finding.Negligible, References: []string{urlBuilding + "#pin-base-image-versions"}},
		{ID: CheckSetuid, Severity: finding.Low, References: []string{"https://man7.org/linux/man-pages/man7/inode.7.html"}, CIS: []string{"Docker 1.6.0 4.8"}, ATTACK: []string{"T1548.001"}, CWE: []string{"CWE-250"}},
		{ID: CheckSetuidUnowned, Severity: finding.Medium, References: []string{"https://man7.org/linux/man-pages/man7/inode.7.html"}, CIS: []string{"Docker 1.6.0 4.8"}, ATTACK: []string{"T1548.001"}, CWE: []string{"CWE-250"}},
		{ID: CheckCapability, Severity: finding.Low, References: []string{urlCapability}, CIS: []string{"Docker 1.6.0 4.8"}, ATTACK: []string{"T1548.001"}, CWE: []string{"CWE-250"}},
		{ID: CheckCapUnowned, Severity: finding.Medium, References: []string{urlCapability}, CIS: []string{"Docker 1.6.0 4.8"}, ATTACK: []string{"T1548.001"}, CWE: []string{"CWE-250"}},
		{ID: CheckWorldWritable, Severity: finding.Low, References: []string{"https://cwe.mitre.org/data/definitions/732.html"}, ATTACK: []string{"T1222.002"}, CWE: []string{"CWE-732"}},
		{ID: CheckPackageCache, Severity: finding.Negligible, References: []string{urlBuilding + "#apt-get"}},
		{ID: CheckWaste, Severity: finding.Negligible, References: []string{"https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md"}},
		{ID: CheckAccountRoot, Severity: finding.High, References: []string{"https://man7.org/linux/man-pages/man5/passwd.5.html"}, ATTACK: []string{"T1136.001", "T1078.003"}, CWE: []string{"CWE-250"}},
		{ID: CheckAccountEmpty, Severity: finding.High, References: []string{"https://nvd.nist.gov/vuln/detail/CVE-2019-5021"}, ATTACK: []string{"T1078.003"}, CWE: []string{"CWE-258"}},
		{ID: CheckAccountPassword, Severity: finding.Medium, References: []string{"https://man7.org/linux/man-pages/man5/shadow.5.html"}, CIS: []string{"Docker 1.6.0 4.10"}, ATTACK: []string{"T1003.008"}, CWE: []string{"CWE-798"}},
		{ID: CheckAccountTwice, Severity: finding.Low, References: []string{"https://man7.org/linux/man-pages/man5/passwd.5.html"}, CWE: []string{"CWE-694"}},
		{ID: CheckAccountFile, Severity: finding.High, References: []string{"https://man7.org/linux/man-pages/man5/shadow.5.html"}, ATTACK: []string{"T1222.002", "T1003.008"}, CWE: []string{"CWE-732"}},
		{ID: CheckSudoers, Severity: finding.Medium, References: []string{"https://www.sudo.ws/docs/man/sudoers.man/"}, ATTACK: []string{"T1548.003"}, CWE: []string{"CWE-269"}},
		{ID: CheckDevice, Severity: finding.Medium, References: []string{"https://man7.org/linux/man-pages/man2/mknod.2.html"}, CIS: []string{"Docker 1.6.0 5.18"}, ATTACK: []string{"T1611"}, CWE: []string{"CWE-668"}},
		{ID: CheckGit, Severity: finding.Low, References: []string{"https://cwe.mitre.org/data/definitions/527.html", urlBuilding + "#exclude-with-dockerignore"}, ATTACK: []string{"T1213.003"}, CWE: []string{"CWE-527"}},
		{ID: CheckHostKey, Severity: finding.Medium, References: []string{"https://man7.org/linux/man-pages/man8/sshd.8.html"}, ATTACK: []string{"T1552.004", "T1557"}, CWE: []string{"CWE-321"}},
		{ID: CheckAuthorizedKeys, Severity: finding.Medium, References: []string{"https://attack.mitre.org/techniques/T1098/004/"}, ATTACK: []string{"T1098.004"}, CWE: []string{"CWE-798"}},
		{ID: CheckPreloadFile, Severity: finding.High, References: []string{"https://man7.org/linux/man-pages/man8/ld.so.8.html", "https://attack.mitre.org/techniques/T1574/006/"}, ATTACK: []string{"T1574.006"}, CWE: []string{"CWE-426"}},
		{ID: CheckOwner, Severity: finding.Negligible, References: []string{"https://cwe.mitre.org/data/definitions/282.html"}, CWE: []string{"CWE-282"}},
		{ID: CheckLeftover, Severity: finding.Negligible, References: []string{urlBuilding + "#exclude-with-dockerignore"}, CIS: []string{"Docker 1.6.0 4.3"}, CWE: []string{"CWE-538"}},
	}
	for i := range all {
		c := &all[i]
		c.Point = "image"
		const texts = "imageconfig.check."
		c.Title = finding.T(texts + c.ID + ".title")
		c.Why = finding.T(texts + c.ID + ".why")
		c.Fix = finding.T(texts + c.ID + ".fix")
	}
	return all
}

// result makes a finding of a check, rated by the check's own severity when the
// report is finished.
func result(check, subject string, title finding.Text) finding.Result {
	return finding.Result{Check: check, State: finding.Fail, Subject: subject, Title: title}
}

func rated(r finding.Result, s finding.Severity) finding.Result {
	r.Rating = finding.Rating{Severity: s, Source: finding.RatedByUs}
	return r
}
