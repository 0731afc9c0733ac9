param([string]$SaveAs = '')

# pepperbird: the program of a kit for Windows, in Windows PowerShell 4.0 to 5.1. Not yet proved on Windows: it was written
# by the documentation, and nobody has run it there. It only reads. First come the parts
# that ask the questions and write the answers into one file, then the questions themselves, each a function of its own,
# and at the very end the lines that ask them. Nothing runs before those.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$script:Nonce = ''
$script:Administrator = $false
$script:Out = $null
$script:Err = $null
$script:Head = $null
$script:Bundle = ''
$script:Began = 0

# The seconds since 1970 by this server's clock.
function Get-Second {
  $since = (Get-Date).ToUniversalTime() - [datetime]'1970-01-01'
  [int64][math]::Floor($since.TotalSeconds)
}

# Without anything but plain characters, and not too long.
function Get-Plain([string]$Text) {
  $plain = $Text -replace '[^A-Za-z0-9._-]', ''
  if ($plain.Length -gt 64) { $plain = $plain.Substring(0, 64) }
  $plain
}

function Stop-Kit([string]$Why) {
  Write-Host "collect.ps1: $Why"
  exit 1
}

# The answers are kept in memory until all are there. A mark says where one begins and ends; it carries this kit's own
# random number, so that no answer can pass for another.
function Add-Text([System.IO.Stream]$To, [string]$Text) {
  $bytes = (New-Object System.Text.UTF8Encoding($false)).GetBytes($Text)
  $To.Write($bytes, 0, $bytes.Length)
}

function Add-Mark([string]$Words) {
  Add-Text $script:Out "`n$script:Nonce $Words`n"
  Add-Text $script:Err "`n$script:Nonce $Words`n"
}

function Open-Kit([string]$Nonce, [string]$Agency, [string]$Asset, [int64]$Expires, [string]$Until) {
  $version = $PSVersionTable.PSVersion
  if ($version.Major -lt 4) { Stop-Kit 'this needs Windows PowerShell 4.0 or newer, as Windows Server 2012 R2 has it.' }
  if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Stop-Kit 'a policy of this server allows PowerShell only in part (constrained language); tell who sent you this.'
  }
  $script:Bundle = $SaveAs
  if ($script:Bundle -eq '') { $script:Bundle = "$Agency-$Asset.bundle" }
  $script:Bundle = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($script:Bundle)
  if (Test-Path -LiteralPath $script:Bundle) {
    Stop-Kit "$script:Bundle is there already; name another file: collect.ps1 -SaveAs NAME"
  }
  $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
  $principal = New-Object System.Security.Principal.WindowsPrincipal($identity)
  $script:Administrator = $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
  $rights = 'administrator'
  if (-not $script:Administrator) {
    $rights = 'ordinary'
    Write-Host 'You are not an administrator here: what only one may see will be missing.'
    Write-Host 'Better: close this, and open PowerShell by "Run as administrator".'
  }
  $script:Began = Get-Second
  if ($script:Began -gt $Expires) {
    Write-Host "This script was good until $Until; or is the clock of this server wrong?"
  }
  $script:Nonce = $Nonce
  $script:Out = New-Object System.IO.MemoryStream
  $script:Err = New-Object System.IO.MemoryStream
  $machine = Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Cryptography' -Name MachineGuid -ErrorAction SilentlyContinue
  $shell = 'powershell/' + (Get-Plain $version.ToString()) + '/' + $rights
  $script:Head = @(
    'pepperbird bundle 1'
    "nonce $Nonce"
    "agency $Agency"
    "asset $Asset"
    'user ' + (Get-Plain $env:USERNAME)
    'host ' + (Get-Plain $env:COMPUTERNAME)
    'machine ' + (Get-Plain $machine.MachineGuid)
    "shell $shell"
  )
  Add-Mark "hello $script:Began"
}

# One question, in a PowerShell of its own, so that it can be ended when its time is over. A question that needs an
# administrator is not asked of anybody else. A longer answer than allowed is cut, and its mark `exit` left out.
function Add-Answer([int]$Number, [scriptblock]$Question, [int]$Seconds, [int]$Most, [string]$Right) {
  Write-Host "Question $($Number + 1) ..."
  Add-Mark "begin $Number"
  $ending = "end $Number"
  $status = 0
  $said = ''
  $trouble = ''
  if ($Right -eq 'administrator' -and -not $script:Administrator) {
    $status = 77
    $trouble = 'only an administrator may ask this, and the script was not run by one'
  } else {
    $job = Start-Job -ScriptBlock $Question
    $done = Wait-Job -Job $job -Timeout $Seconds
    if ($null -eq $done) {
      $ending = "killed $Number"
      Stop-Job -Job $job
    } else {
      try {
        $lines = @(Receive-Job -Job $job -ErrorAction Stop)
        $said = ($lines -join "`n") + "`n"
        if ($job.State -ne 'Completed') {
          $status = 1
          $trouble = "it ended as $($job.State)"
        }
      } catch {
        $status = 1
        $category = [string]$_.CategoryInfo.Category
        if ($category -eq 'PermissionDenied' -or $category -eq 'SecurityError') { $status = 77 }
        $trouble = "$category $_"
      }
    }
    Remove-Job -Job $job -Force
  }
  $bytes = (New-Object System.Text.UTF8Encoding($false)).GetBytes($said)
  if ($bytes.Length -gt $Most) {
    $script:Out.Write($bytes, 0, $Most)
  } else {
    $script:Out.Write($bytes, 0, $bytes.Length)
    if ($ending -ne "killed $Number") { Add-Text $script:Out "`n$script:Nonce exit $status`n" }
  }
  if ($trouble.Length -gt 4000) { $trouble = $trouble.Substring(0, 4000) }
  Add-Text $script:Err $trouble
  Add-Mark $ending
}

# What was run goes into the file too: all of this script below the words at its top.
function Close-Kit {
  Add-Mark 'done'
  $bytes = [System.IO.File]::ReadAllBytes($PSCommandPath)
  $text = [System.Text.Encoding]::GetEncoding(28591).GetString($bytes)
  $from = $text.IndexOf("`r`n`r`n") + 4
  if ($from -lt 4) { Stop-Kit 'this script was changed on its way (its line ends); ask for it again.' }
  $all = New-Object System.IO.MemoryStream
  $head = $script:Head + @(
    "began $script:Began"
    'ended ' + (Get-Second)
    'asked ' + ($bytes.Length - $from)
    'out ' + $script:Out.Length
    'err ' + $script:Err.Length
  )
  Add-Text $all (($head -join "`n") + "`n`n")
  $all.Write($bytes, $from, $bytes.Length - $from)
  $script:Out.WriteTo($all)
  $script:Err.WriteTo($all)
  [System.IO.File]::WriteAllBytes($script:Bundle, $all.ToArray())
  Write-Host "Done. Send this file, as it is: $script:Bundle"
  $sum = Get-FileHash -LiteralPath $script:Bundle -Algorithm SHA256
  Write-Host "Its SHA-256, to compare by telephone: $($sum.Hash)"
}
