package i18n

// textsDockerfile are the checks of package dockerfile.
func textsDockerfile() []entry {
	return []entry{
		{
			"dockerfile.rule.base-untagged.title",
			"The base image has no tag",
			"基础镜像没有标签",
		},
		{
			"dockerfile.rule.base-untagged.why",
			"Without a tag the builder takes \"latest\", whatever that is on the day of the build. Two builds of the same file give different images, and a new major version arrives unasked.",
			"没有标签时，构建工具会采用当天的 latest。同一个文件两次构建会得到不同的镜像，新的大版本也会不请自来。",
		},
		{
			"dockerfile.rule.base-untagged.fix",
			"Name a version, better with its digest: FROM debian:12.7@sha256:….",
			"写明版本，最好同时写明摘要：FROM debian:12.7@sha256:…。",
		},
		{
			"dockerfile.rule.base-latest.title",
			"The base image is \"latest\"",
			"基础镜像使用 latest 标签",
		},
		{
			"dockerfile.rule.base-latest.why",
			"\"latest\" is a name that moves. Two builds of the same file give different images, and nobody can say later what an image was built on.",
			"latest 是会移动的名称。同一个文件两次构建会得到不同的镜像，事后也无法说明镜像基于什么构建。",
		},
		{
			"dockerfile.rule.base-latest.fix",
			"Name a version, better with its digest: FROM debian:12.7@sha256:….",
			"写明版本，最好同时写明摘要：FROM debian:12.7@sha256:…。",
		},
		{
			"dockerfile.rule.stage-duplicate.title",
			"Two build stages have the same name",
			"两个构建阶段重名",
		},
		{
			"dockerfile.rule.stage-duplicate.why",
			"A later FROM or COPY --from means the nearest one before it, which is easily not the one that was meant.",
			"之后的 FROM 或 COPY --from 指的是它之前最近的那个阶段，很可能不是作者想要的。",
		},
		{
			"dockerfile.rule.stage-duplicate.fix",
			"Give every stage a name of its own.",
			"为每个阶段起不同的名称。",
		},
		{
			"dockerfile.rule.stage-reserved.title",
			"A build stage has a reserved name",
			"构建阶段使用了保留名称",
		},
		{
			"dockerfile.rule.stage-reserved.why",
			"\"scratch\" and \"context\" mean something to the builder: the empty image and the build context. A stage of that name can't be told from them.",
			"scratch 与 context 对构建工具有特定含义：空镜像与构建上下文。同名的阶段无法与之区分。",
		},
		{
			"dockerfile.rule.stage-reserved.fix",
			"Give the stage another name.",
			"为该阶段换一个名称。",
		},
		{
			"dockerfile.rule.stage-casing.title",
			"The name of a build stage is not in lower case",
			"构建阶段名称不是小写",
		},
		{
			"dockerfile.rule.stage-casing.why",
			"Names of stages are compared without regard to case; written in one way they are easier to find.",
			"阶段名称比较时不区分大小写，统一书写更容易查找。",
		},
		{
			"dockerfile.rule.stage-casing.fix",
			"Write the name in lower case.",
			"将名称改为小写。",
		},
		{
			"dockerfile.rule.from-as-casing.title",
			"FROM and AS are written in different case",
			"FROM 与 AS 大小写不一致",
		},
		{
			"dockerfile.rule.from-as-casing.why",
			"Mixed case makes a file harder to read.",
			"大小写混用会降低可读性。",
		},
		{
			"dockerfile.rule.from-as-casing.fix",
			"Write both in upper case.",
			"两者都用大写。",
		},
		{
			"dockerfile.rule.platform-constant.title",
			"The platform of a base image is fixed",
			"基础镜像的平台被写死",
		},
		{
			"dockerfile.rule.platform-constant.why",
			"With a constant after --platform the image is of that platform wherever it is built for, and runs elsewhere only by emulation, or not at all.",
			"--platform 后写常量时，无论为哪个平台构建，得到的镜像都是该平台的，在其他平台上只能模拟运行或根本无法运行。",
		},
		{
			"dockerfile.rule.platform-constant.fix",
			"Leave --platform out, or use $BUILDPLATFORM for a stage that cross-compiles; a stage meant for one platform may carry its name.",
			"去掉 --platform，交叉编译阶段可用 $BUILDPLATFORM；专为某平台准备的阶段可在名称中写明该平台。",
		},
		{
			"dockerfile.rule.platform-redundant.title",
			"--platform says what is the case anyway",
			"--platform 写的正是默认值",
		},
		{
			"dockerfile.rule.platform-redundant.why",
			"The target platform is what FROM takes by itself.",
			"FROM 默认采用的就是目标平台。",
		},
		{
			"dockerfile.rule.platform-redundant.fix",
			"Leave --platform out.",
			"去掉 --platform。",
		},
		{
			"dockerfile.rule.base-arg-undeclared.title",
			"FROM uses a build argument that is not declared before it",
			"FROM 使用了此前未声明的构建参数",
		},
		{
			"dockerfile.rule.base-arg-undeclared.why",
			"FROM only sees arguments that stand above the first FROM. Any other is empty, and the image's name becomes another one or none.",
			"FROM 只能看到写在第一个 FROM 之前的参数。其他参数为空，镜像名称会变成另一个名称，甚至为空。",
		},
		{
			"dockerfile.rule.base-arg-undeclared.fix",
			"Declare it with ARG above the first FROM.",
			"在第一个 FROM 之前用 ARG 声明。",
		},
		{
			"dockerfile.rule.base-arg-default.title",
			"FROM has no valid image name without a build argument",
			"不传构建参数时 FROM 的镜像名称无效",
		},
		{
			"dockerfile.rule.base-arg-default.why",
			"A build that does not give the argument fails, also those that only look at the file.",
			"不传该参数的构建会失败，仅检查文件的工具也会失败。",
		},
		{
			"dockerfile.rule.base-arg-default.fix",
			"Give the argument a default that works, ARG RELEASE=12, or one at its place: ${RELEASE:-12}.",
			"为参数设置可用的默认值 ARG RELEASE=12，或就地设置：${RELEASE:-12}。",
		},
		{
			"dockerfile.rule.from-first.title",
			"Something other than ARG stands before the first FROM",
			"第一个 FROM 之前有 ARG 以外的指令",
		},
		{
			"dockerfile.rule.from-first.why",
			"Every other instruction belongs to a build stage, and there is none yet. The builder refuses the file.",
			"其他指令都属于某个构建阶段，而此时还没有阶段。构建工具会拒绝该文件。",
		},
		{
			"dockerfile.rule.from-first.fix",
			"Put it below FROM.",
			"将其移到 FROM 之后。",
		},
		{
			"dockerfile.rule.add-local.title",
			"ADD is used where COPY would do",
			"可用 COPY 却使用了 ADD",
		},
		{
			"dockerfile.rule.add-local.why",
			"ADD also unpacks archives and fetches from networks. Whoever can change the source's name or content may have it do so unasked.",
			"ADD 还会解压归档并从网络下载。能够改变来源名称或内容的人可能使其意外执行这些操作。",
		},
		{
			"dockerfile.rule.add-local.fix",
			"Use COPY for files and directories of the build context.",
			"对构建上下文中的文件和目录使用 COPY。",
		},
		{
			"dockerfile.rule.add-unverified.title",
			"ADD fetches a file without a checksum",
			"ADD 下载文件但未校验",
		},
		{
			"dockerfile.rule.add-unverified.why",
			"What the server gives on the day of the build goes into the image, also when somebody replaced it.",
			"构建当天服务器给出什么，镜像里就是什么，即使已被人替换。",
		},
		{
			"dockerfile.rule.add-unverified.fix",
			"Give the expected digest: ADD --checksum=sha256:… URL path.",
			"写明预期摘要：ADD --checksum=sha256:… URL 路径。",
		},
		{
			"dockerfile.rule.copy-many-to-file.title",
			"Several sources are copied to what is not written as a directory",
			"多个来源复制到未以目录形式书写的目标",
		},
		{
			"dockerfile.rule.copy-many-to-file.why",
			"With more than one source the destination must end with a slash; the builder refuses it otherwise.",
			"来源多于一个时，目标必须以斜杠结尾，否则构建工具会拒绝。",
		},
		{
			"dockerfile.rule.copy-many-to-file.fix",
			"End the destination with \"/\".",
			"让目标以 \"/\" 结尾。",
		},
		{
			"dockerfile.rule.copy-from-unknown.title",
			"COPY --from names no earlier build stage",
			"COPY --from 未指向此前的构建阶段",
		},
		{
			"dockerfile.rule.copy-from-unknown.why",
			"The builder then takes the name for an image and pulls it from a public registry, in its \"latest\" version. Whoever owns that name decides what is copied.",
			"此时构建工具会把该名称当作镜像，从公共仓库拉取其 latest 版本。谁拥有该名称，谁就决定复制的内容。",
		},
		{
			"dockerfile.rule.copy-from-unknown.fix",
			"Correct the name; if an image is meant, give its tag or digest.",
			"更正名称；若确实指镜像，请写明标签或摘要。",
		},
		{
			"dockerfile.rule.copy-from-itself.title",
			"COPY --from names the stage it stands in",
			"COPY --from 指向自身所在的阶段",
		},
		{
			"dockerfile.rule.copy-from-itself.why",
			"A stage can't be copied from before it is finished. The build fails.",
			"阶段尚未完成，无法从中复制，构建会失败。",
		},
		{
			"dockerfile.rule.copy-from-itself.fix",
			"Name the stage that has the files, or leave --from out.",
			"写明拥有这些文件的阶段，或去掉 --from。",
		},
		{
			"dockerfile.rule.copy-relative.title",
			"Files are copied to a relative path and no WORKDIR is set",
			"未设置 WORKDIR 却复制到相对路径",
		},
		{
			"dockerfile.rule.copy-relative.why",
			"Where they end up depends on the working directory of the base image, which may change.",
			"文件的位置取决于基础镜像的工作目录，而它可能改变。",
		},
		{
			"dockerfile.rule.copy-relative.fix",
			"Set WORKDIR before, or copy to an absolute path.",
			"先设置 WORKDIR，或复制到绝对路径。",
		},
		{
			"dockerfile.rule.copy-root.title",
			"The whole file system of another stage is copied",
			"复制了另一阶段的整个文件系统",
		},
		{
			"dockerfile.rule.copy-root.why",
			"Everything the other stage holds comes along: build tools, caches, credentials. Files of the base image are overwritten, and it is stored a second time.",
			"另一阶段的一切都会随之而来：构建工具、缓存、凭据。基础镜像的文件会被覆盖，并再存储一份。",
		},
		{
			"dockerfile.rule.copy-root.fix",
			"Copy only what is needed; to build on the other stage say FROM name.",
			"只复制需要的内容；要基于另一阶段构建，请用 FROM 名称。",
		},
		{
			"dockerfile.rule.copy-then-extract.title",
			"An archive is copied first and unpacked later",
			"先复制归档，之后再解压",
		},
		{
			"dockerfile.rule.copy-then-extract.why",
			"The archive stays in the image's lower layer, besides its content.",
			"除解压出的内容外，归档本身也会留在镜像的下层。",
		},
		{
			"dockerfile.rule.copy-then-extract.fix",
			"Use ADD, which unpacks local archives as it copies, or bind-mount the archive into RUN.",
			"使用 ADD（复制时直接解压本地归档），或在 RUN 中以 bind 方式挂载归档。",
		},
		{
			"dockerfile.rule.copy-secret.title",
			"A file that holds credentials is copied into the image",
			"将含有凭据的文件复制进镜像",
		},
		{
			"dockerfile.rule.copy-secret.why",
			"By its name the file is a key, a token store or a configuration with passwords. Whoever can pull the image can read it, also after a later layer deletes it.",
			"从名称看，该文件是密钥、令牌存储或含密码的配置。任何能拉取镜像的人都能读取，即使后续层已将其删除。",
		},
		{
			"dockerfile.rule.copy-secret.fix",
			"Use RUN --mount=type=secret for the build, and mount the file when the container runs. Change what was already published.",
			"构建时使用 RUN --mount=type=secret，运行容器时再挂载该文件。已发布的凭据应当更换。",
		},
		{
			"dockerfile.rule.copy-world-writable.title",
			"Copied files may be changed by every user",
			"复制的文件可被任何用户修改",
		},
		{
			"dockerfile.rule.copy-world-writable.why",
			"A process that was taken over can replace programs and configuration that others run or read.",
			"被控制的进程可以替换其他用户运行或读取的程序和配置。",
		},
		{
			"dockerfile.rule.copy-world-writable.fix",
			"Give write permission to the owner alone: --chmod=755 or 644.",
			"只给所有者写权限：--chmod=755 或 644。",
		},
		{
			"dockerfile.rule.user-root.title",
			"The image runs as root",
			"镜像以 root 运行",
		},
		{
			"dockerfile.rule.user-root.why",
			"A process that is root in the container has more ways to break out of it, and whatever it writes to the host through a mount it writes as root.",
			"容器内的 root 进程有更多逃逸途径，经挂载写入主机的内容也以 root 身份写入。",
		},
		{
			"dockerfile.rule.user-root.fix",
			"End the file with USER and an unprivileged user ID; do what needs root before.",
			"在文件末尾用 USER 指定非特权用户 ID；需要 root 的操作放在此前。",
		},
		{
			"dockerfile.rule.user-missing.title",
			"No user is set, so the image runs as root unless its base image says otherwise",
			"未设置用户，除非基础镜像另有设置，否则以 root 运行",
		},
		{
			"dockerfile.rule.user-missing.why",
			"A process that is root in the container has more ways to break out of it, and whatever it writes to the host through a mount it writes as root.",
			"容器内的 root 进程有更多逃逸途径，经挂载写入主机的内容也以 root 身份写入。",
		},
		{
			"dockerfile.rule.user-missing.fix",
			"Create a user and name it by its ID: USER 10001:10001.",
			"创建用户并以 ID 指定：USER 10001:10001。",
		},
		{
			"dockerfile.rule.user-by-name.title",
			"The user is given by name, not by number",
			"以名称而非数字指定用户",
		},
		{
			"dockerfile.rule.user-by-name.why",
			"Kubernetes can't tell from a name that it is not root, and refuses such a container where runAsNonRoot is set.",
			"Kubernetes 无法从名称判断其不是 root，在设置了 runAsNonRoot 时会拒绝该容器。",
		},
		{
			"dockerfile.rule.user-by-name.fix",
			"Give the number: USER 10001.",
			"写明数字：USER 10001。",
		},
		{
			"dockerfile.rule.healthcheck-missing.title",
			"There is no health check",
			"没有健康检查",
		},
		{
			"dockerfile.rule.healthcheck-missing.why",
			"Docker then only knows whether the process is there, not whether it works.",
			"此时 Docker 只知道进程是否存在，不知道它是否正常工作。",
		},
		{
			"dockerfile.rule.healthcheck-missing.fix",
			"Add HEALTHCHECK with a command that asks the service. Under Kubernetes probes do this, and the finding can be accepted.",
			"添加 HEALTHCHECK 及查询服务的命令。在 Kubernetes 下由探针完成，可接受此项。",
		},
		{
			"dockerfile.rule.healthcheck-duplicate.title",
			"There is more than one HEALTHCHECK",
			"存在多个 HEALTHCHECK",
		},
		{
			"dockerfile.rule.healthcheck-duplicate.why",
			"Only the last one of a stage counts.",
			"同一阶段只有最后一个生效。",
		},
		{
			"dockerfile.rule.healthcheck-duplicate.fix",
			"Keep one.",
			"只保留一个。",
		},
		{
			"dockerfile.rule.cmd-duplicate.title",
			"There is more than one CMD",
			"存在多个 CMD",
		},
		{
			"dockerfile.rule.cmd-duplicate.why",
			"Only the last one of a stage counts.",
			"同一阶段只有最后一个生效。",
		},
		{
			"dockerfile.rule.cmd-duplicate.fix",
			"Keep one.",
			"只保留一个。",
		},
		{
			"dockerfile.rule.entrypoint-duplicate.title",
			"There is more than one ENTRYPOINT",
			"存在多个 ENTRYPOINT",
		},
		{
			"dockerfile.rule.entrypoint-duplicate.why",
			"Only the last one of a stage counts.",
			"同一阶段只有最后一个生效。",
		},
		{
			"dockerfile.rule.entrypoint-duplicate.fix",
			"Keep one.",
			"只保留一个。",
		},
		{
			"dockerfile.rule.cmd-shell-form.title",
			"CMD or ENTRYPOINT is started by a shell",
			"CMD 或 ENTRYPOINT 经由 shell 启动",
		},
		{
			"dockerfile.rule.cmd-shell-form.why",
			"The shell becomes process 1 and does not pass signals on: the program does not hear that it shall stop and is killed. ENTRYPOINT in this form also ignores CMD and arguments.",
			"shell 成为 1 号进程且不转发信号：程序收不到停止信号，最终被强制终止。此形式的 ENTRYPOINT 还会忽略 CMD 和参数。",
		},
		{
			"dockerfile.rule.cmd-shell-form.fix",
			"Write a JSON list, [\"program\", \"argument\"], or begin with exec.",
			"写成 JSON 列表 [\"program\", \"argument\"]，或以 exec 开头。",
		},
		{
			"dockerfile.rule.workdir-relative.title",
			"The first WORKDIR is relative",
			"第一个 WORKDIR 是相对路径",
		},
		{
			"dockerfile.rule.workdir-relative.why",
			"Where it leads depends on the working directory of the base image, which may change.",
			"它指向何处取决于基础镜像的工作目录，而它可能改变。",
		},
		{
			"dockerfile.rule.workdir-relative.fix",
			"Give an absolute path.",
			"使用绝对路径。",
		},
		{
			"dockerfile.rule.workdir-system.title",
			"WORKDIR is a directory of the kernel or of devices",
			"WORKDIR 是内核或设备目录",
		},
		{
			"dockerfile.rule.workdir-system.why",
			"Below /proc and /dev are not files but doors to the running system. WORKDIR /proc/self/fd/… has been a way to break out of a container (CVE-2024-21626).",
			"/proc 与 /dev 之下不是普通文件，而是通向运行中系统的入口。WORKDIR /proc/self/fd/… 曾被用于容器逃逸（CVE-2024-21626）。",
		},
		{
			"dockerfile.rule.workdir-system.fix",
			"Use a directory of the application.",
			"使用应用自己的目录。",
		},
		{
			"dockerfile.rule.expose-management.title",
			"A port of remote administration is exposed",
			"暴露了远程管理端口",
		},
		{
			"dockerfile.rule.expose-management.why",
			"A container is administered through its engine. A login service in it is one more way in, with users and updates of its own.",
			"容器应通过引擎管理。其中的登录服务是又一个入口，且有自己的用户和更新需要维护。",
		},
		{
			"dockerfile.rule.expose-management.fix",
			"Remove the service and the port; use docker exec or kubectl exec.",
			"移除该服务和端口；使用 docker exec 或 kubectl exec。",
		},
		{
			"dockerfile.rule.expose-range.title",
			"EXPOSE names a port that does not exist",
			"EXPOSE 的端口号不存在",
		},
		{
			"dockerfile.rule.expose-range.why",
			"Ports end at 65535. The builder refuses the file.",
			"端口号最大为 65535，构建工具会拒绝该文件。",
		},
		{
			"dockerfile.rule.expose-range.fix",
			"Correct the number.",
			"更正端口号。",
		},
		{
			"dockerfile.rule.expose-protocol-casing.title",
			"The protocol of EXPOSE is not in lower case",
			"EXPOSE 的协议不是小写",
		},
		{
			"dockerfile.rule.expose-protocol-casing.why",
			"Tools that read the image's configuration compare it as written.",
			"读取镜像配置的工具会按原样比较。",
		},
		{
			"dockerfile.rule.expose-protocol-casing.fix",
			"Write tcp or udp in lower case.",
			"将 tcp 或 udp 改为小写。",
		},
		{
			"dockerfile.rule.expose-format.title",
			"EXPOSE names an address or a port of the host",
			"EXPOSE 写了地址或主机端口",
		},
		{
			"dockerfile.rule.expose-format.why",
			"EXPOSE only says on which port the container listens. The rest is ignored, and will be refused by a later builder.",
			"EXPOSE 只说明容器监听哪个端口。其余部分会被忽略，以后的构建工具将会拒绝。",
		},
		{
			"dockerfile.rule.expose-format.fix",
			"Leave only the container's port; publish it with docker run -p.",
			"只写容器端口；用 docker run -p 发布。",
		},
		{
			"dockerfile.rule.maintainer.title",
			"MAINTAINER is used",
			"使用了 MAINTAINER",
		},
		{
			"dockerfile.rule.maintainer.why",
			"It has been deprecated since Docker 1.13.",
			"它自 Docker 1.13 起已弃用。",
		},
		{
			"dockerfile.rule.maintainer.fix",
			"Use LABEL org.opencontainers.image.authors=….",
			"使用 LABEL org.opencontainers.image.authors=…。",
		},
		{
			"dockerfile.rule.onbuild-forbidden.title",
			"ONBUILD holds an instruction that it must not",
			"ONBUILD 中有不允许的指令",
		},
		{
			"dockerfile.rule.onbuild-forbidden.why",
			"ONBUILD, FROM and MAINTAINER can't be triggered. The builder refuses the file.",
			"ONBUILD、FROM 和 MAINTAINER 不能被触发，构建工具会拒绝该文件。",
		},
		{
			"dockerfile.rule.onbuild-forbidden.fix",
			"Remove it.",
			"将其删除。",
		},
		{
			"dockerfile.rule.label-key.title",
			"A label has a key that others may not find",
			"标签的键可能无法被识别",
		},
		{
			"dockerfile.rule.label-key.why",
			"Keys are lower case letters and digits with . - _ / between them; com.docker, io.docker and org.dockerproject are reserved.",
			"键由小写字母、数字及其间的 . - _ / 组成；com.docker、io.docker 和 org.dockerproject 为保留命名空间。",
		},
		{
			"dockerfile.rule.label-key.fix",
			"Use a key of your own domain, backwards: com.example.team.",
			"使用自己域名的倒序作为键：com.example.team。",
		},
		{
			"dockerfile.rule.label-value.title",
			"A standard label has a value that it must not have",
			"标准标签的值不符合规范",
		},
		{
			"dockerfile.rule.label-value.why",
			"Programs read these labels as the OCI image specification says: a time, a URL, a licence expression. What they can't read they drop.",
			"程序按 OCI 镜像规范读取这些标签：时间、URL、许可证表达式。无法读取的会被丢弃。",
		},
		{
			"dockerfile.rule.label-value.fix",
			"Write the value as the specification asks, or remove the label.",
			"按规范书写，或删除该标签。",
		},
		{
			"dockerfile.rule.secret-variable.title",
			"A variable of the build holds a credential",
			"构建变量中含有凭据",
		},
		{
			"dockerfile.rule.secret-variable.why",
			"Values of ENV are in the image's configuration, and values of ARG in its history. Whoever can pull the image can read them, and so can every process of the container.",
			"ENV 的值在镜像配置中，ARG 的值在镜像历史中。任何能拉取镜像的人都能读取，容器中的每个进程也都能读取。",
		},
		{
			"dockerfile.rule.secret-variable.fix",
			"Use RUN --mount=type=secret for the build; give the container its secrets when it runs. Change what was already published.",
			"构建时使用 RUN --mount=type=secret；容器的机密在运行时提供。已发布的凭据应当更换。",
		},
		{
			"dockerfile.rule.secret-command.title",
			"A credential is written into a command",
			"命令中写有凭据",
		},
		{
			"dockerfile.rule.secret-command.why",
			"The command is kept in the image's history, and what it logged in to may be kept in a file of the layer.",
			"命令保存在镜像历史中，登录信息也可能保存在该层的文件里。",
		},
		{
			"dockerfile.rule.secret-command.fix",
			"Use RUN --mount=type=secret and let the program read the file. Change the credential.",
			"使用 RUN --mount=type=secret，让程序读取该文件。更换该凭据。",
		},
		{
			"dockerfile.rule.password-set.title",
			"A password is set for a user of the image",
			"为镜像的用户设置了密码",
		},
		{
			"dockerfile.rule.password-set.why",
			"The same password is in every copy of the image, and in its history.",
			"镜像的每个副本及其历史中都有同一个密码。",
		},
		{
			"dockerfile.rule.password-set.fix",
			"Containers need no logins: leave the user without a password (passwd -l).",
			"容器不需要登录：让用户没有密码（passwd -l）。",
		},
		{
			"dockerfile.rule.sudo.title",
			"RUN uses sudo",
			"RUN 中使用 sudo",
		},
		{
			"dockerfile.rule.sudo.why",
			"Commands of a build are root unless USER says otherwise; sudo then only adds a setuid program to the image, and behaves differently without a terminal.",
			"除非 USER 另有设置，构建命令本就是 root；sudo 只会给镜像添加一个 setuid 程序，且在没有终端时行为不同。",
		},
		{
			"dockerfile.rule.sudo.fix",
			"Leave sudo out; switch with USER root and back where it is needed. At run time use gosu or setpriv.",
			"去掉 sudo；需要时用 USER root 切换再切回。运行时使用 gosu 或 setpriv。",
		},
		{
			"dockerfile.rule.run-cd.title",
			"RUN changes the directory",
			"RUN 中切换目录",
		},
		{
			"dockerfile.rule.run-cd.why",
			"The change ends with the RUN, which readers of a long file easily overlook.",
			"切换随该 RUN 结束而失效，在较长的文件中容易被忽略。",
		},
		{
			"dockerfile.rule.run-cd.fix",
			"Use WORKDIR.",
			"使用 WORKDIR。",
		},
		{
			"dockerfile.rule.useless-command.title",
			"RUN uses a command that makes no sense in a build",
			"RUN 中使用了在构建时没有意义的命令",
		},
		{
			"dockerfile.rule.useless-command.why",
			"No service runs on after a RUN, nothing is mounted, nobody sits in front of it. The command does nothing or was meant for another time.",
			"RUN 结束后没有服务继续运行，没有挂载，也没有人操作。该命令不起作用，或本应在其他时候执行。",
		},
		{
			"dockerfile.rule.useless-command.fix",
			"Remove it; start services with CMD or ENTRYPOINT.",
			"将其删除；服务用 CMD 或 ENTRYPOINT 启动。",
		},
		{
			"dockerfile.rule.useradd-large-id.title",
			"useradd with a large user ID makes a huge sparse file",
			"useradd 使用很大的用户 ID 会产生巨大的稀疏文件",
		},
		{
			"dockerfile.rule.useradd-large-id.why",
			"/var/log/lastlog has a place for each ID up to the largest. Sparse files are written out in full in an image's layer.",
			"/var/log/lastlog 为直到最大 ID 的每个 ID 预留位置。稀疏文件在镜像层中会被完整写出。",
		},
		{
			"dockerfile.rule.useradd-large-id.fix",
			"Add --no-log-init.",
			"添加 --no-log-init。",
		},
		{
			"dockerfile.rule.wget-progress.title",
			"wget writes its progress bar into the build's log",
			"wget 将进度条写入构建日志",
		},
		{
			"dockerfile.rule.wget-progress.why",
			"One line for every 50 KiB makes the log long and hides what matters.",
			"每 50 KiB 一行会使日志冗长，掩盖重要信息。",
		},
		{
			"dockerfile.rule.wget-progress.fix",
			"Add --no-verbose, or --progress=dot:giga.",
			"添加 --no-verbose，或 --progress=dot:giga。",
		},
		{
			"dockerfile.rule.wget-and-curl.title",
			"Both wget and curl are used",
			"同时使用了 wget 和 curl",
		},
		{
			"dockerfile.rule.wget-and-curl.why",
			"Two programs for one purpose are twice the vulnerabilities to follow.",
			"同一用途使用两个程序，需要跟踪的漏洞也加倍。",
		},
		{
			"dockerfile.rule.wget-and-curl.fix",
			"Choose one.",
			"选用其中一个。",
		},
		{
			"dockerfile.rule.pipefail.title",
			"A pipe hides the failure of its first command",
			"管道会掩盖前一个命令的失败",
		},
		{
			"dockerfile.rule.pipefail.why",
			"Without pipefail only the last command's status counts. A download that failed leaves an empty file, and the build goes on.",
			"没有 pipefail 时只看最后一个命令的状态。下载失败会留下空文件，而构建继续进行。",
		},
		{
			"dockerfile.rule.pipefail.fix",
			"Put SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] above it, or set -o pipefail into it; or do it in two steps.",
			"在其上方写 SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]，或在其中 set -o pipefail；也可分两步执行。",
		},
		{
			"dockerfile.rule.shell-replaced.title",
			"/bin/sh is replaced",
			"替换了 /bin/sh",
		},
		{
			"dockerfile.rule.shell-replaced.why",
			"Programs of the image that call /bin/sh were tested with the one it came with.",
			"镜像中调用 /bin/sh 的程序是以其自带的 shell 测试的。",
		},
		{
			"dockerfile.rule.shell-replaced.fix",
			"Use SHELL to choose another shell for the build.",
			"用 SHELL 为构建选择其他 shell。",
		},
		{
			"dockerfile.rule.run-consecutive.title",
			"Two RUN stand one after the other",
			"两个 RUN 相邻",
		},
		{
			"dockerfile.rule.run-consecutive.why",
			"Each makes a layer of its own: what the second deletes stays in the first.",
			"每个 RUN 各成一层：第二个删除的内容仍留在第一个里。",
		},
		{
			"dockerfile.rule.run-consecutive.fix",
			"Join them with &&, or with a heredoc.",
			"用 && 或 heredoc 合并。",
		},
		{
			"dockerfile.rule.run-privileged.title",
			"RUN asks for more rights than a build has",
			"RUN 要求超出构建所需的权限",
		},
		{
			"dockerfile.rule.run-privileged.why",
			"--security=insecure gives the command all capabilities of the builder's host; --network=host its network. A dependency that was tampered with has them too.",
			"--security=insecure 赋予命令构建主机的全部 capability，--network=host 赋予其主机网络。被篡改的依赖也同样拥有这些权限。",
		},
		{
			"dockerfile.rule.run-privileged.fix",
			"Leave the option out; prepare what needs it outside the build.",
			"去掉该选项；需要它的步骤放到构建之外完成。",
		},
		{
			"dockerfile.rule.apt-pinned.title",
			"Packages are installed by apt without a version",
			"apt 安装软件包未写版本",
		},
		{
			"dockerfile.rule.apt-pinned.why",
			"Two builds of the same file give different packages. What was tested is not what is shipped.",
			"同一个文件两次构建会得到不同的软件包，测试过的与发布的并不相同。",
		},
		{
			"dockerfile.rule.apt-pinned.fix",
			"Write package=version, or pin the whole archive by date (snapshot.debian.org).",
			"写明 软件包=版本，或按日期固定整个软件源（snapshot.debian.org）。",
		},
		{
			"dockerfile.rule.apt-lists.title",
			"The package lists of apt stay in the image",
			"apt 软件包列表留在镜像中",
		},
		{
			"dockerfile.rule.apt-lists.why",
			"They are tens of megabytes that nobody uses, and out of date tomorrow.",
			"它们有数十 MB，无人使用，且次日即过期。",
		},
		{
			"dockerfile.rule.apt-lists.fix",
			"End the same RUN with rm -rf /var/lib/apt/lists/*, or mount a cache there.",
			"在同一 RUN 末尾执行 rm -rf /var/lib/apt/lists/*，或在该处挂载缓存。",
		},
		{
			"dockerfile.rule.apt-yes.title",
			"apt-get install would ask before it goes on",
			"apt-get install 会等待确认",
		},
		{
			"dockerfile.rule.apt-yes.why",
			"Nobody can answer in a build, and it ends there.",
			"构建过程中无人应答，构建就此中止。",
		},
		{
			"dockerfile.rule.apt-yes.fix",
			"Add -y.",
			"添加 -y。",
		},
		{
			"dockerfile.rule.apt-recommends.title",
			"Recommended packages are installed too",
			"同时安装了推荐的软件包",
		},
		{
			"dockerfile.rule.apt-recommends.why",
			"They are often several times what was asked for, and each is one more thing to attack and to update.",
			"它们往往是所需内容的数倍，每一个都是额外的攻击面和更新负担。",
		},
		{
			"dockerfile.rule.apt-recommends.fix",
			"Add --no-install-recommends.",
			"添加 --no-install-recommends。",
		},
		{
			"dockerfile.rule.apt-for-people.title",
			"apt is used in a script",
			"在脚本中使用 apt",
		},
		{
			"dockerfile.rule.apt-for-people.why",
			"Its command line is made for people and may change; it says so itself.",
			"其命令行供人使用，可能改变；它自身也如此提示。",
		},
		{
			"dockerfile.rule.apt-for-people.fix",
			"Use apt-get or apt-cache.",
			"使用 apt-get 或 apt-cache。",
		},
		{
			"dockerfile.rule.update-alone.title",
			"Package lists are updated in a RUN that installs nothing",
			"更新软件包列表的 RUN 未安装任何内容",
		},
		{
			"dockerfile.rule.update-alone.why",
			"The layer is cached: a later build installs from old lists, misses security updates, or fails because the versions are gone.",
			"该层会被缓存：之后的构建会按旧列表安装，错过安全更新，或因版本已不存在而失败。",
		},
		{
			"dockerfile.rule.update-alone.fix",
			"Put update and install into one RUN.",
			"将 update 与 install 放在同一个 RUN 中。",
		},
		{
			"dockerfile.rule.dist-upgrade.title",
			"The whole distribution is upgraded in the build",
			"构建中升级了整个发行版",
		},
		{
			"dockerfile.rule.dist-upgrade.why",
			"The result depends on the day, packages may be removed to make it possible, and every file of the base image that changed is stored twice.",
			"结果取决于日期，可能为此删除软件包，且基础镜像中变化的每个文件都会存储两份。",
		},
		{
			"dockerfile.rule.dist-upgrade.fix",
			"Build on a newer base image; upgrade single packages where needed.",
			"基于更新的基础镜像构建；必要时只升级个别软件包。",
		},
		{
			"dockerfile.rule.apk-pinned.title",
			"Packages are installed by apk without a version",
			"apk 安装软件包未写版本",
		},
		{
			"dockerfile.rule.apk-pinned.why",
			"Two builds of the same file give different packages.",
			"同一个文件两次构建会得到不同的软件包。",
		},
		{
			"dockerfile.rule.apk-pinned.fix",
			"Write package=version, or package~version for a range.",
			"写明 软件包=版本，或用 软件包~版本 表示范围。",
		},
		{
			"dockerfile.rule.apk-cache.title",
			"apk keeps its index in the image",
			"apk 将索引留在镜像中",
		},
		{
			"dockerfile.rule.apk-cache.why",
			"It is a few megabytes that nobody uses, and out of date tomorrow.",
			"它有数 MB，无人使用，且次日即过期。",
		},
		{
			"dockerfile.rule.apk-cache.fix",
			"Use apk add --no-cache.",
			"使用 apk add --no-cache。",
		},
		{
			"dockerfile.rule.yum-yes.title",
			"yum would ask before it goes on",
			"yum 会等待确认",
		},
		{
			"dockerfile.rule.yum-yes.why",
			"Nobody can answer in a build, and it ends there.",
			"构建过程中无人应答，构建就此中止。",
		},
		{
			"dockerfile.rule.yum-yes.fix",
			"Add -y.",
			"添加 -y。",
		},
		{
			"dockerfile.rule.yum-clean.title",
			"The cache of yum stays in the image",
			"yum 缓存留在镜像中",
		},
		{
			"dockerfile.rule.yum-clean.why",
			"Metadata and packages in /var/cache are of no use to the container.",
			"/var/cache 中的元数据和软件包对容器没有用处。",
		},
		{
			"dockerfile.rule.yum-clean.fix",
			"End the same RUN with yum clean all.",
			"在同一 RUN 末尾执行 yum clean all。",
		},
		{
			"dockerfile.rule.yum-pinned.title",
			"Packages are installed by yum without a version",
			"yum 安装软件包未写版本",
		},
		{
			"dockerfile.rule.yum-pinned.why",
			"Two builds of the same file give different packages.",
			"同一个文件两次构建会得到不同的软件包。",
		},
		{
			"dockerfile.rule.yum-pinned.fix",
			"Write package-version.",
			"写明 软件包-版本。",
		},
		{
			"dockerfile.rule.dnf-yes.title",
			"dnf would ask before it goes on",
			"dnf 会等待确认",
		},
		{
			"dockerfile.rule.dnf-yes.why",
			"Nobody can answer in a build, and it ends there.",
			"构建过程中无人应答，构建就此中止。",
		},
		{
			"dockerfile.rule.dnf-yes.fix",
			"Add -y.",
			"添加 -y。",
		},
		{
			"dockerfile.rule.dnf-clean.title",
			"The cache of dnf stays in the image",
			"dnf 缓存留在镜像中",
		},
		{
			"dockerfile.rule.dnf-clean.why",
			"Metadata and packages in /var/cache are of no use to the container.",
			"/var/cache 中的元数据和软件包对容器没有用处。",
		},
		{
			"dockerfile.rule.dnf-clean.fix",
			"End the same RUN with dnf clean all, or mount a cache there.",
			"在同一 RUN 末尾执行 dnf clean all，或在该处挂载缓存。",
		},
		{
			"dockerfile.rule.dnf-pinned.title",
			"Packages are installed by dnf without a version",
			"dnf 安装软件包未写版本",
		},
		{
			"dockerfile.rule.dnf-pinned.why",
			"Two builds of the same file give different packages.",
			"同一个文件两次构建会得到不同的软件包。",
		},
		{
			"dockerfile.rule.dnf-pinned.fix",
			"Write package-version.",
			"写明 软件包-版本。",
		},
		{
			"dockerfile.rule.zypper-yes.title",
			"zypper would ask before it goes on",
			"zypper 会等待确认",
		},
		{
			"dockerfile.rule.zypper-yes.why",
			"Nobody can answer in a build, and it ends there.",
			"构建过程中无人应答，构建就此中止。",
		},
		{
			"dockerfile.rule.zypper-yes.fix",
			"Use zypper --non-interactive.",
			"使用 zypper --non-interactive。",
		},
		{
			"dockerfile.rule.zypper-clean.title",
			"The cache of zypper stays in the image",
			"zypper 缓存留在镜像中",
		},
		{
			"dockerfile.rule.zypper-clean.why",
			"Metadata and packages in /var/cache are of no use to the container.",
			"/var/cache 中的元数据和软件包对容器没有用处。",
		},
		{
			"dockerfile.rule.zypper-clean.fix",
			"End the same RUN with zypper clean.",
			"在同一 RUN 末尾执行 zypper clean。",
		},
		{
			"dockerfile.rule.zypper-pinned.title",
			"Packages are installed by zypper without a version",
			"zypper 安装软件包未写版本",
		},
		{
			"dockerfile.rule.zypper-pinned.why",
			"Two builds of the same file give different packages.",
			"同一个文件两次构建会得到不同的软件包。",
		},
		{
			"dockerfile.rule.zypper-pinned.fix",
			"Write package=version.",
			"写明 软件包=版本。",
		},
		{
			"dockerfile.rule.pip-pinned.title",
			"Python packages are installed without a version",
			"安装 Python 软件包未写版本",
		},
		{
			"dockerfile.rule.pip-pinned.why",
			"The newest version on the day of the build goes into the image, also one that somebody published with a stolen account an hour before.",
			"构建当天的最新版本会进入镜像，包括一小时前有人用盗取的账号发布的版本。",
		},
		{
			"dockerfile.rule.pip-pinned.fix",
			"Write package==version, better a requirements file with hashes (--require-hashes).",
			"写明 软件包==版本，最好使用带哈希的 requirements 文件（--require-hashes）。",
		},
		{
			"dockerfile.rule.pip-cache.title",
			"The cache of pip stays in the image",
			"pip 缓存留在镜像中",
		},
		{
			"dockerfile.rule.pip-cache.why",
			"Everything that was downloaded is there twice.",
			"下载的内容存有两份。",
		},
		{
			"dockerfile.rule.pip-cache.fix",
			"Use pip install --no-cache-dir, set PIP_NO_CACHE_DIR=1, or mount a cache.",
			"使用 pip install --no-cache-dir，设置 PIP_NO_CACHE_DIR=1，或挂载缓存。",
		},
		{
			"dockerfile.rule.npm-pinned.title",
			"npm packages are installed without a version",
			"安装 npm 软件包未写版本",
		},
		{
			"dockerfile.rule.npm-pinned.why",
			"The newest version on the day of the build goes into the image, also one that somebody published with a stolen account an hour before.",
			"构建当天的最新版本会进入镜像，包括一小时前有人用盗取的账号发布的版本。",
		},
		{
			"dockerfile.rule.npm-pinned.fix",
			"Write package@version, or install from a lock file with npm ci.",
			"写明 软件包@版本，或用 npm ci 按锁文件安装。",
		},
		{
			"dockerfile.rule.yarn-cache.title",
			"The cache of yarn stays in the image",
			"yarn 缓存留在镜像中",
		},
		{
			"dockerfile.rule.yarn-cache.why",
			"Everything that was downloaded is there twice.",
			"下载的内容存有两份。",
		},
		{
			"dockerfile.rule.yarn-cache.fix",
			"End the same RUN with yarn cache clean, or mount a cache.",
			"在同一 RUN 末尾执行 yarn cache clean，或挂载缓存。",
		},
		{
			"dockerfile.rule.gem-pinned.title",
			"Ruby gems are installed without a version",
			"安装 Ruby gem 未写版本",
		},
		{
			"dockerfile.rule.gem-pinned.why",
			"The newest version on the day of the build goes into the image, also one that somebody published with a stolen account an hour before.",
			"构建当天的最新版本会进入镜像，包括一小时前有人用盗取的账号发布的版本。",
		},
		{
			"dockerfile.rule.gem-pinned.fix",
			"Write gem install name:version, or use a lock file with bundler.",
			"写明 gem install 名称:版本，或用 bundler 的锁文件。",
		},
		{
			"dockerfile.rule.go-pinned.title",
			"Go programs are installed without a version",
			"安装 Go 程序未写版本",
		},
		{
			"dockerfile.rule.go-pinned.why",
			"The newest version on the day of the build is compiled and run.",
			"构建当天的最新版本会被编译并运行。",
		},
		{
			"dockerfile.rule.go-pinned.fix",
			"Write module@version.",
			"写明 模块@版本。",
		},
		{
			"dockerfile.rule.pipe-to-shell.title",
			"What a server sends is run unseen",
			"服务器返回的内容未经查看即被执行",
		},
		{
			"dockerfile.rule.pipe-to-shell.why",
			"curl … | sh runs whatever the server gives on the day of the build, as root. It may be another thing than yesterday, or half of it.",
			"curl … | sh 以 root 身份执行构建当天服务器给出的任何内容。它可能与昨天不同，也可能只有一半。",
		},
		{
			"dockerfile.rule.pipe-to-shell.fix",
			"Download a named version to a file, compare its checksum or signature, then run it.",
			"将指定版本下载为文件，核对校验和或签名，再执行。",
		},
		{
			"dockerfile.rule.tls-unverified.title",
			"The certificate of a server is not verified",
			"未验证服务器证书",
		},
		{
			"dockerfile.rule.tls-unverified.why",
			"Whoever is on the way can answer in the server's place, and what they send goes into the image.",
			"位于通信途中的任何人都可以冒充服务器，其发送的内容会进入镜像。",
		},
		{
			"dockerfile.rule.tls-unverified.fix",
			"Remove the option; install the certificate of your authority where one is missing.",
			"去掉该选项；缺少证书时安装贵机构的 CA 证书。",
		},
		{
			"dockerfile.rule.download-plain.title",
			"Something is downloaded over plain HTTP",
			"通过明文 HTTP 下载",
		},
		{
			"dockerfile.rule.download-plain.why",
			"Whoever is on the way can read and change it.",
			"位于通信途中的任何人都可以读取和篡改。",
		},
		{
			"dockerfile.rule.download-plain.fix",
			"Use https, or compare a checksum that stands in the file.",
			"使用 https，或与写在文件中的校验和比较。",
		},
		{
			"dockerfile.rule.package-unsigned.title",
			"Packages are installed without checking their signature",
			"安装软件包时不检查签名",
		},
		{
			"dockerfile.rule.package-unsigned.why",
			"Nobody then vouches that the package is what the distribution built.",
			"此时无人保证该软件包就是发行版构建的。",
		},
		{
			"dockerfile.rule.package-unsigned.fix",
			"Remove the option; import the key of the repository.",
			"去掉该选项；导入软件源的密钥。",
		},
		{
			"dockerfile.rule.world-writable.title",
			"Files are made writable for every user",
			"将文件设为任何用户可写",
		},
		{
			"dockerfile.rule.world-writable.why",
			"A process that was taken over can replace programs and configuration that others run or read.",
			"被控制的进程可以替换其他用户运行或读取的程序和配置。",
		},
		{
			"dockerfile.rule.world-writable.fix",
			"Give the files to the user who needs them: chown, or COPY --chown.",
			"将文件交给需要的用户：chown 或 COPY --chown。",
		},
		{
			"dockerfile.rule.setuid-added.title",
			"A program gets the setuid or setgid bit",
			"为程序设置了 setuid 或 setgid 位",
		},
		{
			"dockerfile.rule.setuid-added.why",
			"Whoever starts it has the rights of its owner; a mistake in it gives them away.",
			"任何人启动它都会获得其所有者的权限；其中的缺陷会使权限外泄。",
		},
		{
			"dockerfile.rule.setuid-added.fix",
			"Leave the bit out; grant the one capability that is needed, or run that part as another container.",
			"不要设置该位；只授予所需的 capability，或将该部分放到另一个容器中运行。",
		},
		{
			"dockerfile.rule.ssh-server.title",
			"A login service is installed",
			"安装了登录服务",
		},
		{
			"dockerfile.rule.ssh-server.why",
			"A container is administered through its engine. A login service in it is one more way in, with keys, users and updates of its own.",
			"容器应通过引擎管理。其中的登录服务是又一个入口，且有自己的密钥、用户和更新需要维护。",
		},
		{
			"dockerfile.rule.ssh-server.fix",
			"Leave it out; use docker exec or kubectl exec.",
			"不要安装；使用 docker exec 或 kubectl exec。",
		},
		{
			"dockerfile.rule.sudo-without-password.title",
			"A user may become root without a password",
			"用户无需密码即可成为 root",
		},
		{
			"dockerfile.rule.sudo-without-password.why",
			"Running as an unprivileged user then protects nothing.",
			"此时以非特权用户运行起不到任何保护作用。",
		},
		{
			"dockerfile.rule.sudo-without-password.fix",
			"Remove the rule and sudo; do what needs root in the build.",
			"删除该规则和 sudo；需要 root 的操作在构建中完成。",
		},
		{
			"dockerfile.rule.shell-syntax.title",
			"The shell can't read the command",
			"shell 无法解析该命令",
		},
		{
			"dockerfile.rule.shell-syntax.why",
			"The build fails there, or something else is run than was meant.",
			"构建会在此失败，或执行的内容与预期不同。",
		},
		{
			"dockerfile.rule.shell-syntax.fix",
			"Correct the command. If it is not meant for a shell like sh or bash, say SHELL, or \"# hadolint shell=…\".",
			"更正命令。若其并非供 sh 或 bash 之类的 shell 使用，请用 SHELL 或 \"# hadolint shell=…\" 说明。",
		},
		{
			"dockerfile.rule.remove-variable.title",
			"rm -r deletes a system directory when a variable is empty",
			"变量为空时 rm -r 会删除系统目录",
		},
		{
			"dockerfile.rule.remove-variable.why",
			"Nothing in the file gives the variable a value. When it is empty, \"$x/lib\" is \"/lib\".",
			"文件中没有为该变量赋值。变量为空时 \"$x/lib\" 就是 \"/lib\"。",
		},
		{
			"dockerfile.rule.remove-variable.fix",
			"Write ${x:?}, which stops when it is empty.",
			"写成 ${x:?}，变量为空时会停止。",
		},
		{
			"dockerfile.rule.cd-unchecked.title",
			"What follows a failed cd runs in the wrong directory",
			"cd 失败后，后续命令会在错误的目录执行",
		},
		{
			"dockerfile.rule.cd-unchecked.why",
			"After \";\" or a line's end the script goes on whatever happened, and deletes or builds where it stands.",
			"\";\" 或换行之后，无论结果如何脚本都会继续，并在当前位置删除或构建。",
		},
		{
			"dockerfile.rule.cd-unchecked.fix",
			"Use && or begin with set -e.",
			"使用 && 或以 set -e 开头。",
		},
		{
			"dockerfile.rule.not-posix.title",
			"/bin/sh may not understand this",
			"/bin/sh 可能不支持该写法",
		},
		{
			"dockerfile.rule.not-posix.why",
			"In Debian and Ubuntu /bin/sh is dash, in Alpine BusyBox; neither knows all of bash. The command fails or means something else.",
			"Debian 和 Ubuntu 的 /bin/sh 是 dash，Alpine 的是 BusyBox，都不完全支持 bash 语法。命令会失败或含义不同。",
		},
		{
			"dockerfile.rule.not-posix.fix",
			"Write it as POSIX says, or choose bash: SHELL [\"/bin/bash\", \"-c\"].",
			"按 POSIX 书写，或选用 bash：SHELL [\"/bin/bash\", \"-c\"]。",
		},
		{
			"dockerfile.rule.echo-escapes.title",
			"echo writes \\n as it stands",
			"echo 会原样输出 \\n",
		},
		{
			"dockerfile.rule.echo-escapes.why",
			"bash and BusyBox take \\n for a line's end only after echo -e. The file gets one long line with a backslash in it.",
			"bash 和 BusyBox 只有在 echo -e 时才把 \\n 当作换行。文件中会得到一行带反斜杠的文本。",
		},
		{
			"dockerfile.rule.echo-escapes.fix",
			"Use printf, or a heredoc.",
			"使用 printf 或 heredoc。",
		},
		{
			"dockerfile.rule.variable-undeclared.title",
			"A build argument is used in a stage that does not declare it",
			"阶段中使用了未在其中声明的构建参数",
		},
		{
			"dockerfile.rule.variable-undeclared.why",
			"Arguments above the first FROM are seen by FROM alone. In the stage the variable is empty.",
			"第一个 FROM 之前的参数只对 FROM 可见。在该阶段中此变量为空。",
		},
		{
			"dockerfile.rule.variable-undeclared.fix",
			"Repeat ARG with its name, without a value, below FROM.",
			"在 FROM 之后重复写出 ARG 及其名称，无需写值。",
		},
		{
			"dockerfile.rule.syntax.title",
			"The builder refuses an instruction",
			"构建工具拒绝该指令",
		},
		{
			"dockerfile.rule.syntax.why",
			"BuildKit can't read it, and no image is built from this file.",
			"BuildKit 无法读取，该文件无法构建出镜像。",
		},
		{
			"dockerfile.rule.syntax.fix",
			"Correct it.",
			"更正该指令。",
		},
		{
			"dockerfile.rule.env-self-reference.title",
			"ENV uses a variable that it sets itself",
			"ENV 使用了自身设置的变量",
		},
		{
			"dockerfile.rule.env-self-reference.why",
			"Values are replaced as they were before the instruction: the variable is still empty, or has its old value.",
			"变量替换采用该指令之前的值：此时变量为空，或仍是旧值。",
		},
		{
			"dockerfile.rule.env-self-reference.fix",
			"Split it into two ENV instructions.",
			"拆成两条 ENV 指令。",
		},
		{
			"dockerfile.rule.key-value-legacy.title",
			"ENV or LABEL is written without an equals sign",
			"ENV 或 LABEL 未使用等号",
		},
		{
			"dockerfile.rule.key-value-legacy.why",
			"The form \"ENV key value\" takes the rest of the line as the value, and only one pair; it is deprecated.",
			"\"ENV key value\" 形式将该行其余部分都作为值，且只能写一对；该形式已弃用。",
		},
		{
			"dockerfile.rule.key-value-legacy.fix",
			"Write key=value.",
			"写成 key=value。",
		},
		{
			"dockerfile.rule.empty-continuation.title",
			"An instruction goes on over an empty line",
			"指令跨越了空行",
		},
		{
			"dockerfile.rule.empty-continuation.why",
			"The builder drops the empty line for now, and will refuse it later.",
			"目前构建工具会忽略空行，以后将会拒绝。",
		},
		{
			"dockerfile.rule.empty-continuation.fix",
			"Remove the empty line.",
			"删除空行。",
		},
		{
			"dockerfile.rule.instruction-casing.title",
			"Instructions are written in different case",
			"指令大小写不一致",
		},
		{
			"dockerfile.rule.instruction-casing.why",
			"Mixed case makes a file harder to read.",
			"大小写混用会降低可读性。",
		},
		{
			"dockerfile.rule.instruction-casing.fix",
			"Write all instructions in upper case.",
			"所有指令都用大写。",
		},
	}
}
