# windows: the questions of a Windows server. Each answers in one line of JSON. Texts, numbers and times are made plain
# here (a time in UTC, as 2026-11-23T10:15:02.0000000Z), and every list comes with its Count, so that a list of one that
# PowerShell unwraps, or one that it cuts short, is told from a whole one.

function windows_system {
  $ErrorActionPreference = 'Stop'
  $os = Get-CimInstance -ClassName Win32_OperatingSystem
  $found = @{
    Caption = [string]$os.Caption
    Version = [string]$os.Version
    BuildNumber = [string]$os.BuildNumber
    ProductType = [int]$os.ProductType
    SystemDrive = [string]$os.SystemDrive
  }
  ConvertTo-Json -InputObject $found -Depth 3 -Compress
}

# Get-Volume tells the room, Win32_Volume where a volume without a letter is mounted.
function windows_volumes {
  $ErrorActionPreference = 'Stop'
  $volumes = @()
  foreach ($one in @(Get-Volume)) {
    $volumes += @{
      Path = [string]$one.Path
      DriveLetter = [string]$one.DriveLetter
      DriveType = [string]$one.DriveType
      FileSystem = [string]$one.FileSystem
      HealthStatus = [string]$one.HealthStatus
      Size = [string]$one.Size
      SizeRemaining = [string]$one.SizeRemaining
    }
  }
  $places = @()
  foreach ($one in @(Get-CimInstance -ClassName Win32_Volume)) {
    $places += @{ DeviceID = [string]$one.DeviceID; Name = [string]$one.Name }
  }
  $found = @{ Volumes = $volumes; VolumesCount = $volumes.Count; Places = $places; PlacesCount = $places.Count }
  ConvertTo-Json -InputObject $found -Depth 4 -Compress
}

# Where BitLocker is not installed its command is not there; the list of optional features then says so itself.
function windows_bitlocker {
  $ErrorActionPreference = 'Stop'
  $features = @()
  foreach ($one in @(Get-CimInstance -ClassName Win32_OptionalFeature -Filter "Name='BitLocker'")) {
    $features += @{ Name = [string]$one.Name; InstallState = [int]$one.InstallState }
  }
  $known = @(Get-Command -Name Get-BitLockerVolume -ErrorAction SilentlyContinue)
  $volumes = @()
  if ($known.Count -gt 0) {
    foreach ($one in @(Get-BitLockerVolume)) {
      $volumes += @{
        MountPoint = [string]$one.MountPoint
        VolumeType = [string]$one.VolumeType
        VolumeStatus = [string]$one.VolumeStatus
        ProtectionStatus = [string]$one.ProtectionStatus
        EncryptionPercentage = [string]$one.EncryptionPercentage
        EncryptionMethod = [string]$one.EncryptionMethod
      }
    }
  }
  $found = @{
    Features = $features
    FeaturesCount = $features.Count
    Command = ($known.Count -gt 0)
    Volumes = $volumes
    VolumesCount = $volumes.Count
  }
  ConvertTo-Json -InputObject $found -Depth 4 -Compress
}

# The words of the time service itself. Its exit status is told, as it says on the same lines what went wrong.
function windows_time {
  $ErrorActionPreference = 'Stop'
  $lines = @()
  foreach ($line in @(w32tm.exe /query /status /verbose)) { $lines += [string]$line }
  $found = @{ Exit = [int]$LASTEXITCODE; Lines = $lines; LinesCount = $lines.Count }
  ConvertTo-Json -InputObject $found -Depth 3 -Compress
}

# Some updates have no day on which they were installed; that is an empty text here.
function windows_updates {
  $ErrorActionPreference = 'Stop'
  $updates = @()
  foreach ($one in @(Get-HotFix)) {
    $day = ''
    if ($null -ne $one.InstalledOn) { $day = ([datetime]$one.InstalledOn).ToString('yyyy-MM-dd') }
    $updates += @{ HotFixID = [string]$one.HotFixID; Description = [string]$one.Description; InstalledOn = $day }
  }
  $found = @{
    Updates = $updates
    UpdatesCount = $updates.Count
    Servicing = (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending')
    Update = (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired')
  }
  ConvertTo-Json -InputObject $found -Depth 4 -Compress
}

function windows_smb {
  $ErrorActionPreference = 'Stop'
  $server = Get-SmbServerConfiguration
  $shares = @()
  foreach ($one in @(Get-SmbShare)) {
    $shares += @{
      Name = [string]$one.Name
      Path = [string]$one.Path
      Special = [string]$one.Special
      EncryptData = [string]$one.EncryptData
    }
  }
  $found = @{
    EnableSMB1Protocol = [string]$server.EnableSMB1Protocol
    RequireSecuritySignature = [string]$server.RequireSecuritySignature
    EncryptData = [string]$server.EncryptData
    RejectUnencryptedAccess = [string]$server.RejectUnencryptedAccess
    Shares = $shares
    SharesCount = $shares.Count
  }
  ConvertTo-Json -InputObject $found -Depth 4 -Compress
}

# Windows Server Backup. Its command is there only where the feature is installed.
function windows_backup {
  $ErrorActionPreference = 'Stop'
  $known = @(Get-Command -Name Get-WBSummary -ErrorAction SilentlyContinue)
  $found = @{ Command = ($known.Count -gt 0) }
  if ($known.Count -gt 0) {
    $summary = Get-WBSummary
    $good = ''
    $last = ''
    if ($null -ne $summary.LastSuccessfulBackupTime) {
      $good = ([datetime]$summary.LastSuccessfulBackupTime).ToUniversalTime().ToString('o')
    }
    if ($null -ne $summary.LastBackupTime) { $last = ([datetime]$summary.LastBackupTime).ToUniversalTime().ToString('o') }
    $found += @{
      LastSuccessfulBackupTime = $good
      LastBackupTime = $last
      LastBackupResultHR = [string]$summary.LastBackupResultHR
      NumberOfVersions = [string]$summary.NumberOfVersions
    }
  }
  ConvertTo-Json -InputObject $found -Depth 3 -Compress
}
